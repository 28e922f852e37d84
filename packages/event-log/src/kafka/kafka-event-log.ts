import type { Kafka, Producer } from 'kafkajs';
import type { AppendSignal, Batch, BatchSource } from '../batch-source.ts';
import { Claims } from '../consume.ts';
import {
  type ConsumeOptions,
  type EventLog,
  EventLogError,
  type NewRecord,
  type PartitionHandler,
  type PartitionLag,
  partitionOf,
  type ReadLimits,
  type StoredRecord,
} from '../event-log.ts';
import { pause } from '../pause.ts';
import { demandRecordSizes, MAX_RECORD_BYTES } from '../record-size.ts';
import { ClosedTopicWatch } from './closed-topic.ts';
import { type Cluster, createCluster, createKafka } from './cluster.ts';
import { ConsumedRecords } from './consumed-records.ts';
import { deleteRecords } from './delete-records.ts';
import { Fetcher } from './fetcher.ts';
import type { KafkaEventLogOptions } from './kafka-options.ts';
import { KafkaWriter } from './kafka-writer.ts';
import { Membership } from './membership.ts';
import { Reader } from './reader.ts';
import { ensureTopic } from './topic-settings.ts';

const PAUSE_BEFORE_NEXT_TRY_MS = 1_000;

/**
 * Opens the event log on Apache Kafka. Whoever appends waits for all in-sync replicas; consumers share the partitions through a group, and begin where the
 * handler says.
 *
 * @throws EventLogError `misconfigured` when the topic does not keep what an append promises; `unavailable`, unless it `opensWithoutBrokers`.
 */
export async function openKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const { topic, partitions, logger } = options;
  if (!/^[a-zA-Z0-9._-]{1,200}$/.test(topic)) {
    throw new EventLogError('misconfigured', `${JSON.stringify(topic)} is no name for a topic`);
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 1024) {
    throw new EventLogError('misconfigured', `a topic has 1 to 1024 partitions, not ${partitions}`);
  }
  if (options.isSingle === true) {
    logger?.warn(
      { topic },
      'Kafka with a single copy: a broker that loses its disk loses acknowledged events',
    );
  }
  const log = new KafkaEventLog(options, createKafka(options, logger));
  try {
    await log.open();
  } catch (error) {
    await log.close();
    throw error;
  }
  return log;
}

interface Connected {
  readonly producer: Producer;
  readonly writer: KafkaWriter;
  readonly reader: Reader;
  readonly isCompacted: boolean;
}

class KafkaEventLog implements EventLog {
  readonly topic: string;
  readonly partitions: number;
  readonly dropsUnread = true;
  readonly firstOffset: number;
  readonly #options: KafkaEventLogOptions;
  readonly #kafka: Kafka;
  readonly #cluster: Cluster;
  readonly #maxRecordBytes: number;
  readonly #closing = new AbortController();
  readonly #consuming = new Set<Promise<void>>();
  readonly #memberships = new Set<Membership>();
  #connected: Connected | undefined;
  #failure: unknown;
  #opening: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: KafkaEventLogOptions, kafka: Kafka) {
    this.topic = options.topic;
    this.partitions = options.partitions;
    this.firstOffset = options.firstOffset ?? 0;
    this.#options = options;
    this.#kafka = kafka;
    this.#cluster = createCluster(kafka);
    this.#maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
  }

  async open(): Promise<void> {
    try {
      this.#connected = await this.#connect();
    } catch (error) {
      const mayWait = this.#options.opensWithoutBrokers === true;
      if (!mayWait || !(error instanceof EventLogError) || error.code !== 'unavailable') throw error;
      this.#failure = error;
      this.#opening = this.#connectLater();
    }
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.#demandOpen();
    if (records.length === 0) return;
    demandRecordSizes(records, this.#maxRecordBytes);
    await this.#demandConnected().writer.append(
      records.map(({ key, value }) => ({ key, value, partition: partitionOf(key, this.partitions) })),
    );
  }

  async read(partition: number, position: number, limits: ReadLimits): Promise<readonly StoredRecord[]> {
    this.#demandOpen();
    const first = Math.max(0, position - this.firstOffset);
    const records = await this.#demandConnected().reader.read(partition, first, limits);
    return this.#shifted(records);
  }

  /** Records go by the topic's retention, not by being consumed; the position is noted for the brokers' display of lag. */
  async trim(partition: number, position: number): Promise<void> {
    this.#demandOpen();
    await this.#note(partition, position);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    this.#demandOpen();
    const found = await this.#demandConnected().reader.lag();
    return found.map(({ partition, start, end }) => ({
      partition,
      start: start + this.firstOffset,
      end: end + this.firstOffset,
    }));
  }

  async consume(handler: PartitionHandler, options: ConsumeOptions): Promise<void> {
    this.#demandOpen();
    const consuming = this.#consume(handler, options);
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

  async #consume(handler: PartitionHandler, options: ConsumeOptions): Promise<void> {
    const { reader, isCompacted } = this.#demandConnected();
    const { topic, partitions } = this;
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const cluster = createCluster(this.#kafka);
    await cluster.connect();
    await cluster.addTargetTopic(topic);
    const boundsOf = (partition: number) => reader.boundsOf(partition);
    const fetcher = new Fetcher({ cluster, topic, isCompacted, boundsOf });
    const { keepConsumed } = this.#options;
    const consumed = keepConsumed && new ConsumedRecords(keepConsumed, partitions);
    let owned: readonly number[] = [];
    const released = (partition: number): void => {
      fetcher.forget(partition);
      consumed?.forget(partition);
      handler.released?.(partition);
      // It may have come back while its last batch was running.
      claims.own(owned);
    };
    const claims: Claims = new Claims(
      this.#sourceOf(fetcher, consumed),
      {
        positionOf: (partition) => handler.positionOf(partition),
        handle: async (partition, position, records, claim) => {
          const next = await handler.handle(partition, position, records, claim);
          consumed?.note(partition, next, bytesBelow(next, records), performance.now());
          return next;
        },
        released,
      },
      { ...options, signal },
    );
    const membership = new Membership({
      kafka: this.#kafka,
      groupId: this.#options.groupId ?? `culprit-${topic}`,
      topic,
      partitions,
      sessionTimeoutMs: this.#options.sessionTimeoutMs ?? 15_000,
      own: (partitionsNow) => {
        owned = partitionsNow;
        claims.own(owned);
      },
      onError: (error) => options.onError?.(error),
    });
    this.#memberships.add(membership);
    try {
      await membership.run(signal);
      // Heartbeats go on until the last batch is done, else another owner would start beside it.
      await claims.finished();
    } finally {
      await membership.leave();
      this.#memberships.delete(membership);
      fetcher.close();
      await cluster.disconnect();
    }
  }

  #sourceOf(fetcher: Fetcher, consumed: ConsumedRecords | undefined): BatchSource {
    const { topic, partitions, firstOffset } = this;
    return {
      topic,
      partitions,
      read: (partition, position, limits): Batch => {
        const batch = fetcher.read(partition, Math.max(0, position - firstOffset), limits);
        return { records: this.#shifted(batch.records), isFull: batch.isFull };
      },
      advance: (partition, position) => fetcher.advance(partition, position - firstOffset),
      trim: async (partition, position) => {
        await this.#note(partition, position);
        const below = consumed?.deletableBelow(partition, performance.now());
        if (below !== undefined)
          await deleteRecords(this.#kafka, { topic, partition, below: below - firstOffset });
      },
      appendSignalOf: (partition): AppendSignal => fetcher.signalOf(partition),
    };
  }

  #shifted(records: readonly StoredRecord[]): StoredRecord[] {
    const { firstOffset } = this;
    return firstOffset === 0
      ? [...records]
      : records.map(({ offset, value }) => ({ offset: offset + firstOffset, value }));
  }

  async #note(partition: number, position: number): Promise<void> {
    const offset = Math.max(0, position - this.firstOffset);
    for (const membership of this.#memberships) await membership.note(partition, offset);
  }

  async #connect(): Promise<Connected> {
    const { topic, partitions } = this;
    const { isCompacted } = await ensureTopic(this.#kafka, this.#options);
    await this.#cluster.connect();
    await this.#cluster.addTargetTopic(topic);
    const producer = this.#kafka.producer({
      allowAutoTopicCreation: false,
      // Each record says its partition.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 6 },
    });
    await producer.connect();
    const closed = new ClosedTopicWatch(this.#kafka, topic);
    const writer = new KafkaWriter({
      isTopicClosed: () => closed.isClosed(),
      producer,
      topic,
      deliveryTimeoutMs: this.#options.deliveryTimeoutMs ?? 10_000,
      byLeader: (of) => this.#byLeader(of),
    });
    const reader = new Reader(this.#cluster, topic, partitions, isCompacted);
    return { producer, writer, reader, isCompacted };
  }

  async #connectLater(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && this.#connected === undefined) {
      await pause(PAUSE_BEFORE_NEXT_TRY_MS, signal);
      if (signal.aborted) return;
      try {
        this.#connected = await this.#connect();
      } catch (err) {
        this.#failure = err;
        this.#options.logger?.warn({ err }, 'the brokers cannot be reached, or the topic does not fit');
      }
    }
  }

  /** Where leaders are known only in part, what is not known goes as one. */
  #byLeader(partitions: readonly number[]): readonly (readonly number[])[] {
    try {
      const groups = Object.values(this.#cluster.findLeaderForPartitions(this.topic, partitions));
      return groups.flat().length === partitions.length ? groups : [partitions];
    } catch {
      return [partitions];
    }
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#consuming);
    await this.#opening;
    const connected = this.#connected;
    await connected?.writer.close();
    // Connections of a client that is ending: there is nothing to do about one that does not close.
    await Promise.allSettled([connected?.producer.disconnect(), this.#cluster.disconnect()]);
  }

  #demandOpen(): void {
    if (this.#closing.signal.aborted) throw new EventLogError('closed', 'the event log is closed');
  }

  #demandConnected(): Connected {
    if (this.#connected !== undefined) return this.#connected;
    const isUnfit = this.#failure instanceof EventLogError && this.#failure.code === 'misconfigured';
    throw new EventLogError(isUnfit ? 'misconfigured' : 'unavailable', 'no broker has answered yet', {
      cause: this.#failure,
    });
  }
}

function bytesBelow(next: number, records: readonly StoredRecord[]): number {
  return records.reduce((sum, { offset, value }) => sum + (offset < next ? value.length : 0), 0);
}
