import { join } from 'node:path';
import type { AppendSignal, Batch, BatchSource } from '../batch-source.ts';
import { consume } from '../consume.ts';
import {
  type ConsumeOptions,
  type EventLog,
  EventLogError,
  type NewRecord,
  type PartitionHandler,
  type PartitionLag,
  type PartitionLeases,
  partitionOf,
  type ReadLimits,
  type StoredRecord,
} from '../event-log.ts';
import { DiskSpace } from './disk-space.ts';
import { fileSystemTypeOf, makeDurableFolder, refuseNetworkFileSystem } from './file-system.ts';
import { PartitionLog } from './partition-log.ts';
import { fixPartitions } from './topic-file.ts';
import { Writer } from './writer.ts';

const MiB = 1024 * 1024;
const TIDY_EVERY_MS = 30_000;

export interface LmdbEventLogOptions {
  /** On a local disk. May hold several topics. */
  readonly folder: string;
  /** Lower-case letters, digits, `-`, `_`; at most 64. */
  readonly topic: string;
  readonly partitions: number;
  /** Shares the partitions among several consuming processes. Without it, whoever consumes owns all. */
  readonly leases?: PartitionLeases;
  /** Default 10,000. */
  readonly leaseMs?: number;
  /** Unix milliseconds. Default the system's. */
  readonly clock?: { now(): number };
  /** A segment's file does not grow beyond it (but for a single record that is larger). Default 256 MiB. */
  readonly segmentBytes?: number;
  /** How long a consumed segment is kept at least. Default one hour. */
  readonly retentionMs?: number;
  /** Appends are refused with `full` when the disk has less left. Default 1 GiB. */
  readonly minimumFreeBytes?: number;
  /** A larger value is refused with `too_large`. Default 4 MiB. */
  readonly maxRecordBytes?: number;
  /** Type of the file system a folder is on, as in statfs(2). */
  readonly fileSystemType?: (folder: string) => Promise<number>;
}

/**
 * Opens the embedded event log; several processes of one machine may have it open at once.
 *
 * One environment per partition: with 100 writers, 4 partitions and two cores, durable appends of 3 KB came to 59,000–83,000 a second
 * against 65,000–86,000 in one shared environment (14 KB: 21,500–28,600 against 25,000–33,000). That tenth is the price for deleting a
 * consumed segment whole, whatever the slowest partition does.
 *
 * @throws EventLogError `network_file_system`, `misconfigured`.
 */
export async function openLmdbEventLog(options: LmdbEventLogOptions): Promise<EventLog> {
  const { folder, topic, partitions } = options;
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(topic)) {
    throw new EventLogError('misconfigured', `${JSON.stringify(topic)} is no name for a topic`);
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1024) {
    throw new EventLogError('misconfigured', `a topic has 1 to 1024 partitions, not ${partitions}`);
  }
  const topicFolder = join(folder, topic);
  await makeDurableFolder(topicFolder);
  refuseNetworkFileSystem(topicFolder, await (options.fileSystemType ?? fileSystemTypeOf)(topicFolder));
  await fixPartitions(topicFolder, partitions);
  const segmentBytes = options.segmentBytes ?? 256 * MiB;
  const logs: PartitionLog[] = [];
  const folders: string[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const partitionFolder = join(topicFolder, String(partition));
    await makeDurableFolder(partitionFolder);
    folders.push(partitionFolder);
    logs.push(
      new PartitionLog({
        folder: partitionFolder,
        partition,
        segmentBytes,
        retentionMs: options.retentionMs ?? 3_600_000,
        clock: options.clock ?? Date,
      }),
    );
  }
  const disk = new DiskSpace(topicFolder, options.minimumFreeBytes ?? 1024 * MiB);
  return new LmdbEventLog(options, disk, new Writer({ folders, segmentBytes }), logs);
}

class LmdbEventLog implements EventLog {
  readonly topic: string;
  readonly partitions: number;
  readonly #options: LmdbEventLogOptions;
  readonly #disk: DiskSpace;
  readonly #writer: Writer;
  readonly #logs: readonly PartitionLog[];
  readonly #maxRecordBytes: number;
  readonly #closing = new AbortController();
  readonly #consuming = new Set<Promise<void>>();
  readonly #tidying: NodeJS.Timeout;
  #closed: Promise<void> | undefined;

  constructor(options: LmdbEventLogOptions, disk: DiskSpace, writer: Writer, logs: readonly PartitionLog[]) {
    this.topic = options.topic;
    this.partitions = options.partitions;
    this.#options = options;
    this.#disk = disk;
    this.#writer = writer;
    this.#logs = logs;
    this.#maxRecordBytes = options.maxRecordBytes ?? 4 * MiB;
    this.#tidying = setInterval(() => {
      for (const log of logs) log.tidy();
    }, TIDY_EVERY_MS).unref();
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.#demandOpen();
    if (records.length === 0) return;
    for (const { value } of records) {
      if (value.length <= this.#maxRecordBytes) continue;
      const message = `a record of ${value.length} bytes; at most ${this.#maxRecordBytes} are taken`;
      throw new EventLogError('too_large', message);
    }
    await this.#disk.demand();
    this.#demandOpen();
    const byPartition = Map.groupBy(records, ({ key }) => partitionOf(key, this.partitions));
    const appends = [...byPartition].map(([partition, ofPartition]) =>
      this.#writer.append(
        partition,
        ofPartition.map(({ value }) => value),
      ),
    );
    // Settled, not raced: after a rejection nothing of this append is still under way.
    for (const append of await Promise.allSettled(appends)) {
      if (append.status === 'rejected') throw append.reason;
    }
  }

  async read(partition: number, position: number, limits: ReadLimits): Promise<readonly StoredRecord[]> {
    this.#demandOpen();
    return this.#logOf(partition).read(position, limits).records;
  }

  async trim(partition: number, position: number): Promise<void> {
    this.#demandOpen();
    await this.#logOf(partition).trim(position);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    this.#demandOpen();
    return this.#logs.map((log) => log.lag());
  }

  async consume(handler: PartitionHandler, options: ConsumeOptions): Promise<void> {
    this.#demandOpen();
    const source: BatchSource = {
      topic: this.topic,
      partitions: this.partitions,
      read: (partition, position, limits): Batch => this.#logOf(partition).read(position, limits),
      trim: (partition, position): Promise<void> => this.#logOf(partition).trim(position),
      appendSignalOf: (partition): AppendSignal => this.#logOf(partition).doorbell,
    };
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const { leases, leaseMs = 10_000, clock = Date } = this.#options;
    const consuming = consume(source, handler, { ...options, signal }, { leases, leaseMs, clock });
    this.#consuming.add(consuming);
    try {
      await consuming;
    } finally {
      this.#consuming.delete(consuming);
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#tidying);
    await Promise.allSettled(this.#consuming);
    await this.#writer.close();
    await Promise.all(this.#logs.map((log) => log.close()));
  }

  #demandOpen(): void {
    if (this.#closing.signal.aborted) throw new EventLogError('closed', 'the event log is closed');
  }

  #logOf(partition: number): PartitionLog {
    const log = this.#logs[partition];
    if (log === undefined) throw new RangeError(`${this.topic} has no partition ${partition}`);
    return log;
  }
}
