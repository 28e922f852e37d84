import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch } from '../batch-source.ts';
import type { PartitionLag, ReadLimits } from '../event-log.ts';
import { Doorbell } from './doorbell.ts';
import { syncFolder } from './file-system.ts';
import { acquireExistingSegment, releaseSegment } from './open-segments.ts';
import { PartitionReader } from './partition-reader.ts';
import { type Append, PartitionWriter } from './partition-writer.ts';
import { type Segment, segmentBases, segmentPath } from './segment.ts';

export interface PartitionOptions {
  readonly folder: string;
  readonly partition: number;
  readonly segmentBytes: number;
  readonly retentionMs: number;
  readonly clock: { now(): number };
}

/** One partition: a folder of segments and a doorbell. */
export class PartitionLog {
  readonly doorbell: Doorbell;
  readonly #options: PartitionOptions;
  readonly #writer: PartitionWriter;
  readonly #reader: PartitionReader;
  /** When a segment was found consumed, by base; saves opening it again. As many as there are segments. */
  readonly #consumedAt = new Map<number, number>();
  #trimming: Promise<void> | undefined;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.doorbell = new Doorbell(join(options.folder, 'doorbell'));
    this.#writer = new PartitionWriter(options.folder, options.segmentBytes, this.doorbell);
    this.#reader = new PartitionReader(options.folder, options.segmentBytes);
  }

  append(values: readonly Uint8Array[], append: Append): void {
    this.#writer.enqueue(values, append);
  }

  read(position: number, limits: ReadLimits): Batch {
    return this.#reader.read(position, limits);
  }

  lag(): PartitionLag {
    const { folder, partition, segmentBytes } = this.#options;
    const bases = segmentBases(folder);
    const last = acquireExistingSegment(folder, bases.at(-1) ?? 0, segmentBytes);
    if (last === undefined) return { partition, start: 0, end: 0 };
    last.refresh();
    const end = last.end();
    void releaseSegment(last);
    return { partition, start: bases[0] ?? end, end };
  }

  /** Deletes the segments that were consumed `retentionMs` ago; marks those that are consumed now. */
  trim(position: number): Promise<void> {
    this.#trimming ??= this.#trim(position).finally(() => {
      this.#trimming = undefined;
    });
    return this.#trimming;
  }

  /** Clears what dead processes left and lets go of deleted files. */
  async tidy(): Promise<void> {
    await this.#reader.leaveDeleted();
    this.#reader.clearDeadReaders();
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#trimming;
    await this.#reader.close();
    this.doorbell.close();
  }

  async #trim(position: number): Promise<void> {
    const { folder, retentionMs, clock } = this.#options;
    const bases = segmentBases(folder);
    let isAnyGone = false;
    for (const [index, base] of bases.entries()) {
      const end = bases[index + 1];
      if (end === undefined || end > position) break;
      const consumedAt = await this.#consumedAtOf(base);
      if (clock.now() - consumedAt < retentionMs) continue;
      const path = segmentPath(folder, base);
      await rm(path, { force: true });
      await rm(`${path}-lock`, { force: true });
      this.#consumedAt.delete(base);
      isAnyGone = true;
    }
    if (!isAnyGone) return;
    await syncFolder(folder);
    await this.#reader.leaveDeleted();
  }

  async #consumedAtOf(base: number): Promise<number> {
    const known = this.#consumedAt.get(base);
    if (known !== undefined) return known;
    const { folder, segmentBytes, clock } = this.#options;
    const segment = acquireExistingSegment(folder, base, segmentBytes);
    if (segment === undefined) return Number.POSITIVE_INFINITY;
    try {
      const consumedAt = await markConsumed(segment, clock.now());
      this.#consumedAt.set(base, consumedAt);
      return consumedAt;
    } finally {
      await releaseSegment(segment);
    }
  }
}

function markConsumed(segment: Segment, now: number): Promise<number> {
  return segment.write(() => {
    const before = segment.consumedAt();
    if (before !== undefined) return before;
    segment.markConsumed(now);
    return now;
  });
}
