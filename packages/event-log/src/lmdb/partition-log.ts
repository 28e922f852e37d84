import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch } from '../batch-source.ts';
import type { PartitionLag, ReadLimits } from '../event-log.ts';
import { Doorbell } from './doorbell.ts';
import { syncFolder } from './file-system.ts';
import { Gate } from './gate.ts';
import { acquireExistingSegment, releaseSegment } from './open-segments.ts';
import { PartitionReader } from './partition-reader.ts';
import { segmentBases, segmentPath } from './segment.ts';

export interface PartitionOptions {
  readonly folder: string;
  readonly partition: number;
  readonly segmentBytes: number;
  readonly retentionMs: number;
  readonly clock: { now(): number };
}

/** One partition as its readers see it: a folder of segments, a gate and a doorbell. */
export class PartitionLog {
  readonly doorbell: Doorbell;
  readonly #options: PartitionOptions;
  readonly #gate: Gate;
  readonly #reader: PartitionReader;
  /** Follows the end, so that asking for the lag does not move the reader. */
  readonly #tail: PartitionReader;
  /** When a segment was found consumed, by base; saves opening it again. As many as there are segments. */
  readonly #consumedAt = new Map<number, number>();
  #trimming: Promise<void> | undefined;

  constructor(options: PartitionOptions) {
    const { folder, segmentBytes } = options;
    this.#options = options;
    this.doorbell = new Doorbell(join(folder, 'doorbell'));
    this.#gate = Gate.open(folder);
    this.#reader = new PartitionReader(folder, segmentBytes, this.#gate);
    this.#tail = new PartitionReader(folder, segmentBytes, this.#gate);
  }

  read(position: number, limits: ReadLimits): Batch {
    return this.#reader.read(position, limits);
  }

  lag(): PartitionLag {
    const { folder, partition } = this.#options;
    const end = this.#tail.end();
    return { partition, start: segmentBases(folder)[0] ?? end, end };
  }

  /** Deletes the segments that were consumed `retentionMs` ago; marks those that are consumed now. */
  trim(position: number): Promise<void> {
    this.#trimming ??= this.#trim(position).finally(() => {
      this.#trimming = undefined;
    });
    return this.#trimming;
  }

  /** Clears what dead processes left and lets go of deleted files. */
  tidy(): void {
    for (const reader of [this.#reader, this.#tail]) {
      reader.leaveDeleted();
      reader.clearDeadReaders();
    }
  }

  async close(): Promise<void> {
    await this.#trimming;
    this.#reader.close();
    this.#tail.close();
    this.doorbell.close();
    await this.#gate.close();
  }

  async #trim(position: number): Promise<void> {
    const { folder, retentionMs, clock } = this.#options;
    const bases = segmentBases(folder);
    let isAnyGone = false;
    for (const [index, base] of bases.entries()) {
      const end = bases[index + 1];
      if (end === undefined || end > position) break;
      const consumedAt = this.#consumedAt.get(base) ?? this.#markConsumed(base);
      if (consumedAt === undefined || clock.now() - consumedAt < retentionMs) continue;
      const path = segmentPath(folder, base);
      await rm(path, { force: true });
      await rm(`${path}-lock`, { force: true });
      this.#consumedAt.delete(base);
      isAnyGone = true;
    }
    if (!isAnyGone) return;
    await syncFolder(folder);
    this.#reader.leaveDeleted();
    this.#tail.leaveDeleted();
  }

  /** Unix milliseconds since when the segment is known to be consumed; undefined when another process has deleted it. */
  #markConsumed(base: number): number | undefined {
    const { folder, segmentBytes, clock } = this.#options;
    const consumedAt = this.#gate.hold(() => {
      const segment = acquireExistingSegment(folder, base, segmentBytes);
      if (segment === undefined) return undefined;
      try {
        return segment.write(() => {
          const before = segment.consumedAt();
          if (before === undefined) segment.markConsumed(clock.now());
          return before ?? clock.now();
        });
      } finally {
        releaseSegment(segment);
      }
    });
    if (consumedAt !== undefined) this.#consumedAt.set(base, consumedAt);
    return consumedAt;
  }
}
