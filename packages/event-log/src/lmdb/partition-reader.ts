import type { Batch } from '../batch-source.ts';
import type { ReadLimits, StoredRecord } from '../event-log.ts';
import { acquireExistingSegment, isSegmentThere, releaseSegment } from './open-segments.ts';
import { type Segment, segmentBases } from './segment.ts';

/** Reads one partition across its segments; keeps open only the segment it read last. */
export class PartitionReader {
  readonly #folder: string;
  readonly #segmentBytes: number;
  #current: Segment | undefined;

  constructor(folder: string, segmentBytes: number) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
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
      const segment = this.#segmentOf(base);
      if (segment === undefined) continue;
      segment.refresh();
      if (segment.read(next, limits, records, bytes)) return { records, isFull: true };
      const successor = bases.find((candidate) => candidate > base);
      if (successor === undefined) return { records, isFull: false };
      next = Math.max(next, successor);
    }
  }

  clearDeadReaders(): void {
    this.#current?.clearDeadReaders();
  }

  /** Gives the segment up when its file is gone, so that its disk space and its map are free. */
  async leaveDeleted(): Promise<void> {
    if (this.#current !== undefined && !isSegmentThere(this.#current)) await this.close();
  }

  async close(): Promise<void> {
    const segment = this.#current;
    this.#current = undefined;
    if (segment !== undefined) await releaseSegment(segment);
  }

  #segmentOf(base: number): Segment | undefined {
    if (this.#current?.base === base) return this.#current;
    void this.close();
    this.#current = acquireExistingSegment(this.#folder, base, this.#segmentBytes);
    return this.#current;
  }
}
