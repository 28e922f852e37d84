import type { Batch } from '../batch-source.ts';
import type { ReadLimits, StoredRecord } from '../event-log.ts';
import type { Gate } from './gate.ts';
import { acquireExistingSegment, isSegmentThere, releaseSegment } from './open-segments.ts';
import type { Segment } from './segment.ts';
import type { SegmentIndex } from './segment-index.ts';

export interface ReaderOptions {
  readonly folder: string;
  readonly segmentBytes: number;
  readonly gate: Gate;
  readonly index: SegmentIndex;
}

/** Reads one partition across the segments; keeps open only the segment it read last. */
export class PartitionReader {
  readonly #options: ReaderOptions;
  readonly #partition: number;
  #current: { sequence: number; segment: Segment } | undefined;

  constructor(options: ReaderOptions, partition: number) {
    this.#options = options;
    this.#partition = partition;
  }

  /** Records from `position` on, rising; a position below the start begins there. */
  read(position: number, limits: ReadLimits): Batch {
    const records: StoredRecord[] = [];
    const bytes = { sum: 0 };
    let next = position;
    for (;;) {
      // Listed before the segment is read: a segment that has a successor by then is complete, and its end is final.
      const entries = this.#options.index.list();
      const at = Math.max(
        0,
        entries.findLastIndex(({ bases }) => this.#baseIn(bases) <= next),
      );
      const entry = entries[at];
      if (entry === undefined) return { records, isFull: false };
      const segment = this.#enter(entry.sequence);
      if (segment === undefined) continue;
      if (segment.read(entry.format, this.#partition, next, limits, records, bytes)) {
        return { records, isFull: true };
      }
      const successor = entries[at + 1];
      if (successor === undefined) return { records, isFull: false };
      next = Math.max(next, this.#baseIn(successor.bases));
    }
  }

  /** Offset after the last record of the partition, 0 before the first one. */
  end(): number {
    for (;;) {
      const last = this.#options.index.list().at(-1);
      if (last === undefined) return 0;
      const end = this.#enter(last.sequence)?.end(this.#partition, this.#baseIn(last.bases));
      if (end !== undefined) return end;
    }
  }

  clearDeadReaders(): void {
    this.#current?.segment.clearDeadReaders();
  }

  /** Gives the segment up when its file is gone, so that its disk space and its map are free. */
  leaveDeleted(): void {
    if (this.#current !== undefined && !isSegmentThere(this.#current.segment)) this.close();
  }

  close(): void {
    const segment = this.#current?.segment;
    this.#current = undefined;
    if (segment !== undefined) this.#options.gate.hold(() => releaseSegment(segment));
  }

  #baseIn(bases: readonly number[]): number {
    return bases[this.#partition] ?? 0;
  }

  /** With a fresh snapshot; undefined when the segment has been deleted meanwhile. */
  #enter(sequence: number): Segment | undefined {
    if (this.#current?.sequence !== sequence) {
      this.close();
      const { folder, segmentBytes, gate } = this.#options;
      const segment = gate.hold(() => acquireExistingSegment(folder, sequence, segmentBytes));
      this.#current = segment && { sequence, segment };
    }
    this.#current?.segment.refresh();
    return this.#current?.segment;
  }
}
