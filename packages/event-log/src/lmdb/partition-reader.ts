import type { Batch } from '../batch-source.ts';
import type { ReadLimits, StoredRecord } from '../event-log.ts';
import type { Gate } from './gate.ts';
import { acquireExistingSegment, isSegmentThere, releaseSegment } from './open-segments.ts';
import { type Segment, segmentBases } from './segment.ts';

/** Reads one partition across its segments; keeps open only the segment it read last. */
export class PartitionReader {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #gate: Gate;
  #current: Segment | undefined;

  constructor(folder: string, segmentBytes: number, gate: Gate) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#gate = gate;
  }

  /** Records from `position` on, rising; a position below the start begins there. */
  read(position: number, limits: ReadLimits): Batch {
    const records: StoredRecord[] = [];
    const bytes = { sum: 0 };
    let next = position;
    for (;;) {
      // Listed before the segment is read: a segment that has a successor by then is complete, and its end is final.
      const bases = segmentBases(this.#folder);
      const base = bases.findLast((candidate) => candidate <= next) ?? bases[0];
      if (base === undefined) return { records, isFull: false };
      const segment = this.#enter(base);
      if (segment === undefined) continue;
      segment.refresh();
      if (segment.read(next, limits, records, bytes)) return { records, isFull: true };
      const successor = bases.find((candidate) => candidate > base);
      if (successor === undefined) return { records, isFull: false };
      next = Math.max(next, successor);
    }
  }

  /** Offset after the last record of the partition, 0 before the first one. */
  end(): number {
    for (;;) {
      const base = segmentBases(this.#folder).at(-1);
      if (base === undefined) return 0;
      const segment = this.#enter(base);
      if (segment === undefined) continue;
      segment.refresh();
      return segment.end();
    }
  }

  clearDeadReaders(): void {
    this.#current?.clearDeadReaders();
  }

  /** Gives the segment up when its file is gone, so that its disk space and its map are free. */
  leaveDeleted(): void {
    if (this.#current !== undefined && !isSegmentThere(this.#current)) this.close();
  }

  close(): void {
    const segment = this.#current;
    this.#current = undefined;
    if (segment !== undefined) this.#gate.hold(() => releaseSegment(segment));
  }

  #enter(base: number): Segment | undefined {
    if (this.#current?.base === base) return this.#current;
    this.close();
    this.#current = this.#gate.hold(() => acquireExistingSegment(this.#folder, base, this.#segmentBytes));
    return this.#current;
  }
}
