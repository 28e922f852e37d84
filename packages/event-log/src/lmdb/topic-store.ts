import type { AppendSignal, Batch } from '../batch-source.ts';
import type { PartitionLag, ReadLimits } from '../event-log.ts';
import { Doorbell, doorbellPath } from './doorbell.ts';
import { syncFolder } from './file-system.ts';
import { Gate } from './gate.ts';
import { PartitionReader } from './partition-reader.ts';
import {
  consumedSince,
  deleteSegment,
  readConsumed,
  segmentSequences,
  writeConsumed,
} from './segment-files.ts';
import { SegmentIndex } from './segment-index.ts';

export interface TopicStoreOptions {
  readonly folder: string;
  readonly partitions: number;
  readonly segmentBytes: number;
  readonly retentionMs: number;
  readonly clock: { now(): number };
}

interface Partition {
  readonly doorbell: Doorbell;
  readonly reader: PartitionReader;
  /** Follows the end, so that asking for the lag does not move the reader. */
  readonly tail: PartitionReader;
  /** As this process last wrote it down. */
  consumed: number;
}

/** A topic as its readers see it: a folder of segments, a gate, and a doorbell for each partition. */
export class TopicStore {
  readonly #options: TopicStoreOptions;
  readonly #gate: Gate;
  readonly #index: SegmentIndex;
  readonly #partitions: readonly Partition[];
  #trimming: Promise<void> = Promise.resolve();

  constructor(options: TopicStoreOptions) {
    const { folder, segmentBytes, partitions } = options;
    this.#options = options;
    this.#gate = Gate.open(folder);
    this.#index = new SegmentIndex(folder);
    const shared = { folder, segmentBytes, gate: this.#gate, index: this.#index };
    this.#partitions = Array.from({ length: partitions }, (_, partition) => ({
      doorbell: new Doorbell(doorbellPath(folder, partition)),
      reader: new PartitionReader(shared, partition),
      tail: new PartitionReader(shared, partition),
      consumed: 0,
    }));
  }

  read(partition: number, position: number, limits: ReadLimits): Batch {
    return this.#partition(partition).reader.read(position, limits);
  }

  appendSignalOf(partition: number): AppendSignal {
    return this.#partition(partition).doorbell;
  }

  lag(): PartitionLag[] {
    return this.#partitions.map(({ tail }, partition) => {
      const end = tail.end();
      return { partition, start: this.#index.list()[0]?.bases[partition] ?? end, end };
    });
  }

  /**
   * Notes that the partition is consumed below `position`. Deletes the segments of which every partition has been consumed for
   * `retentionMs`; a partition counts with what any process has noted of it.
   */
  trim(partition: number, position: number): Promise<void> {
    const { folder } = this.#options;
    const of = this.#partition(partition);
    if (position > of.consumed) {
      if (position > readConsumed(folder, partition)) writeConsumed(folder, partition, position);
      of.consumed = position;
    }
    this.#trimming = this.#trimming.catch(() => undefined).then(() => this.#deleteConsumed());
    return this.#trimming;
  }

  /** Clears what dead processes left and lets go of deleted files. */
  tidy(): void {
    for (const { reader, tail } of this.#partitions) {
      for (const each of [reader, tail]) {
        each.leaveDeleted();
        each.clearDeadReaders();
      }
    }
  }

  async close(): Promise<void> {
    await this.#trimming.catch(() => undefined);
    for (const { reader, tail, doorbell } of this.#partitions) {
      reader.close();
      tail.close();
      doorbell.close();
    }
    await this.#gate.close();
  }

  async #deleteConsumed(): Promise<void> {
    const { folder, retentionMs, clock } = this.#options;
    const entries = this.#index.list();
    const consumed = this.#partitions.map((_, partition) => readConsumed(folder, partition));
    let isAnyGone = false;
    // What an opener left that came just after the deletion: opening creates.
    for (const sequence of segmentSequences(folder)) {
      if (sequence >= (entries[0]?.sequence ?? 0)) break;
      await deleteSegment(folder, sequence);
      isAnyGone = true;
    }
    for (const [at, { sequence }] of entries.entries()) {
      const ends = entries[at + 1]?.bases;
      if (ends === undefined || ends.some((end, partition) => end > (consumed[partition] ?? 0))) break;
      // One reading of the clock: with two, a tick between them made a segment look consumed in the future, and it stayed.
      const now = clock.now();
      if (now - consumedSince(folder, sequence, now) < retentionMs) continue;
      await deleteSegment(folder, sequence);
      isAnyGone = true;
    }
    if (!isAnyGone) return;
    await syncFolder(folder);
    for (const { reader, tail } of this.#partitions) {
      reader.leaveDeleted();
      tail.leaveDeleted();
    }
  }

  #partition(partition: number): Partition {
    const found = this.#partitions[partition];
    if (found === undefined) throw new RangeError(`no partition ${partition}`);
    return found;
  }
}
