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
import { demandRecordSizes, MAX_RECORD_BYTES } from '../record-size.ts';
import { DiskSpace } from './disk-space.ts';
import { fileSystemTypeOf, makeDurableFolder, refuseNetworkFileSystem } from './file-system.ts';
import { fixPartitions } from './topic-file.ts';
import { TopicStore } from './topic-store.ts';
import { Writer } from './writer.ts';

const MiB = 1024 * 1024;
const TIDY_EVERY_MS = 30_000;

export interface LmdbEventLogOptions {
  /** On a local disk. May hold several topics. */
  readonly folder: string;
  /** Lower-case letters, digits, `-`, `_`; at most 64. */
  readonly topic: string;
  readonly partitions: number;
  /** Offsets below it belong to logs that came before this one (see `beginLmdbTopic`). Absent: where the log begins says it. */
  readonly firstOffset?: number;
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
 * All partitions share the environments: with 100 writers, 4 partitions and two cores, a bare loop made 65,000–86,000 records of 3 KB a second
 * durable that way, and 59,000–83,000 with an environment for each partition (14 KB: 25,000–33,000 and 21,500–28,600). The
 * price: a segment is deleted, whole, only when the slowest partition has consumed it.
 *
 * Appends run in a thread of their own (`writer-thread.ts`), reads in the caller's: opening a segment, once in 256 MiB, may
 * wait for a running commit there.
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
  const disk = new DiskSpace(topicFolder, options.minimumFreeBytes ?? 1024 * MiB);
  const writer = new Writer({ folder: topicFolder, partitions, segmentBytes });
  const store = new TopicStore({
    folder: topicFolder,
    partitions,
    segmentBytes,
    retentionMs: options.retentionMs ?? 3_600_000,
    clock: options.clock ?? Date,
  });
  return new LmdbEventLog(options, disk, writer, store);
}

class LmdbEventLog implements EventLog {
  readonly topic: string;
  readonly partitions: number;
  readonly firstOffset: number | undefined;
  readonly #options: LmdbEventLogOptions;
  readonly #disk: DiskSpace;
  readonly #writer: Writer;
  readonly #store: TopicStore;
  readonly #maxRecordBytes: number;
  readonly #closing = new AbortController();
  readonly #consuming = new Set<Promise<void>>();
  readonly #tidying: NodeJS.Timeout;
  #closed: Promise<void> | undefined;

  constructor(options: LmdbEventLogOptions, disk: DiskSpace, writer: Writer, store: TopicStore) {
    this.topic = options.topic;
    this.partitions = options.partitions;
    this.firstOffset = options.firstOffset;
    this.#options = options;
    this.#disk = disk;
    this.#writer = writer;
    this.#store = store;
    this.#maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
    this.#tidying = setInterval(() => store.tidy(), TIDY_EVERY_MS).unref();
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.#demandOpen();
    if (records.length === 0) return;
    demandRecordSizes(records, this.#maxRecordBytes);
    await this.#disk.demand();
    this.#demandOpen();
    await this.#writer.append(
      records.map(({ key, value }) => ({ partition: partitionOf(key, this.partitions), value })),
    );
  }

  async read(partition: number, position: number, limits: ReadLimits): Promise<readonly StoredRecord[]> {
    this.#demandOpen();
    return this.#store.read(partition, position, limits).records;
  }

  async trim(partition: number, position: number): Promise<void> {
    this.#demandOpen();
    await this.#store.trim(partition, position);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    this.#demandOpen();
    return this.#store.lag();
  }

  async consume(handler: PartitionHandler, options: ConsumeOptions): Promise<void> {
    this.#demandOpen();
    const source: BatchSource = {
      topic: this.topic,
      partitions: this.partitions,
      read: (partition, position, limits): Batch => this.#store.read(partition, position, limits),
      trim: (partition, position): Promise<void> => this.#store.trim(partition, position),
      appendSignalOf: (partition): AppendSignal => this.#store.appendSignalOf(partition),
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
    await this.#store.close();
  }

  #demandOpen(): void {
    if (this.#closing.signal.aborted) throw new EventLogError('closed', 'the event log is closed');
  }
}
