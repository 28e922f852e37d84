import type { AppendSignal, Batch } from '../batch-source.ts';
import { EventLogError, type ReadLimits } from '../event-log.ts';
import { type Cluster, type FetchedPartition, READ_COMMITTED } from './cluster.ts';
import { brokerErrorOf } from './kafka-errors.ts';
import { PartitionBuffer, recordsMissing } from './partition-buffer.ts';
import { RecordSignal } from './record-signal.ts';

const MiB = 1024 * 1024;
/** Fetched ahead of the reader, for each partition: about one batch beside the one that is being settled. */
const AHEAD_BYTES = 8 * MiB;
const FETCH_PARTITION_BYTES = 4 * MiB;
const FETCH_BYTES = 16 * MiB;
/** A broker holds a fetch so long when there is nothing new; a partition that wants more waits for that, so it is short. */
const LONG_POLL_MS = 100;
/** While readers have something to read, a fetch may wait until it is worth its cost: some 2 ms of CPU here and at the broker. */
const UNHURRIED_BYTES = MiB / 2;
const PAUSE_AFTER_FAILURE_MS = 250;

export interface FetcherOptions {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly isCompacted: boolean;
  /** First and last offset of a partition, as the brokers have it. */
  readonly boundsOf: (partition: number) => Promise<{ readonly start: number; readonly end: number }>;
}

interface Followed {
  buffer: PartitionBuffer;
  readonly signal: RecordSignal;
  isFetching: boolean;
  /** What the next read is to be told. */
  failure: EventLogError | undefined;
}

/** Fetches the partitions that are being consumed, ahead of their readers: one request at a time to each broker, for all it leads. */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #followed = new Map<number, Followed>();
  readonly #busy = new Set<string>();
  readonly #signals = new Map<number, RecordSignal>();
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: FetcherOptions) {
    this.#options = options;
  }

  /** What is there from `position` on; an empty batch when nothing has come yet. @throws EventLogError `records_missing`. */
  read(partition: number, position: number, limits: ReadLimits): Batch {
    const followed = this.#follow(partition, position);
    const { failure } = followed;
    if (failure !== undefined) {
      this.#followed.delete(partition);
      throw failure;
    }
    const batch = followed.buffer.read(position, limits);
    if (batch === undefined) {
      followed.buffer = this.#bufferFrom(partition, position);
      this.#pump();
      return { records: [], isFull: false };
    }
    this.#pump();
    return batch;
  }

  /** Records below `position` will not be read again. */
  advance(partition: number, position: number): void {
    this.#followed.get(partition)?.buffer.drop(position);
    this.#pump();
  }

  /** Nobody reads the partition any more. */
  forget(partition: number): void {
    this.#followed.delete(partition);
  }

  signalOf(partition: number): AppendSignal {
    return this.#signalOf(partition);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#pause);
    this.#followed.clear();
  }

  #signalOf(partition: number): RecordSignal {
    const signal = this.#signals.get(partition) ?? new RecordSignal();
    this.#signals.set(partition, signal);
    return signal;
  }

  #follow(partition: number, position: number): Followed {
    const known = this.#followed.get(partition);
    if (known !== undefined) return known;
    const followed: Followed = {
      buffer: this.#bufferFrom(partition, position),
      signal: this.#signalOf(partition),
      isFetching: false,
      failure: undefined,
    };
    this.#followed.set(partition, followed);
    return followed;
  }

  #bufferFrom(partition: number, position: number): PartitionBuffer {
    return new PartitionBuffer(partition, position, this.#options.isCompacted);
  }

  /** Starts a fetch at each broker that has none, for the partitions that have room. */
  #pump(): void {
    if (this.#isClosed || this.#pause !== undefined) return;
    const hungry = [...this.#followed].filter(
      ([, { isFetching, failure, buffer }]) =>
        !isFetching && failure === undefined && buffer.bytes < AHEAD_BYTES,
    );
    if (hungry.length === 0) return;
    const { cluster, topic } = this.#options;
    const partitions = hungry.map(([partition]) => partition);
    let leaders: Readonly<Record<string, number[]>>;
    try {
      leaders = cluster.findLeaderForPartitions(topic, partitions);
    } catch {
      this.#pauseAfterFailure();
      return;
    }
    for (const [node, led] of Object.entries(leaders)) {
      if (this.#busy.has(node)) continue;
      this.#busy.add(node);
      void this.#fetch(node, led).finally(() => {
        this.#busy.delete(node);
        this.#pump();
      });
    }
    if (Object.values(leaders).flat().length < partitions.length) this.#pauseAfterFailure();
  }

  async #fetch(node: string, partitions: readonly number[]): Promise<void> {
    const asked = partitions.flatMap((partition) => {
      const followed = this.#followed.get(partition);
      return followed === undefined ? [] : [{ partition, followed, buffer: followed.buffer }];
    });
    for (const { followed } of asked) followed.isFetching = true;
    try {
      const answers = await this.#ask(
        node,
        asked.map(({ partition, buffer }) => ({ partition, next: buffer.next })),
        asked.every(({ buffer }) => buffer.bytes > 0) ? UNHURRIED_BYTES : 1,
      );
      for (const { partition, followed, buffer } of asked) {
        const answer = answers.find((of) => of.partition === partition);
        // Another position was asked for meanwhile.
        if (answer === undefined || followed.buffer !== buffer) continue;
        this.#take(followed, buffer, answer);
      }
    } catch (error) {
      await this.#recover(error, asked);
    } finally {
      for (const { followed } of asked) followed.isFetching = false;
    }
  }

  async #ask(
    node: string,
    wanted: readonly { readonly partition: number; readonly next: number }[],
    minBytes: number,
  ): Promise<readonly FetchedPartition[]> {
    const { cluster, topic } = this.#options;
    await cluster.refreshMetadataIfNecessary();
    const broker = await cluster.findBroker({ nodeId: node });
    const { responses } = await broker.fetch({
      maxWaitTime: LONG_POLL_MS,
      minBytes,
      maxBytes: FETCH_BYTES,
      isolationLevel: READ_COMMITTED,
      topics: [
        {
          topic,
          partitions: wanted.map(({ partition, next }) => ({
            partition,
            fetchOffset: String(next),
            maxBytes: FETCH_PARTITION_BYTES,
          })),
        },
      ],
    });
    return responses.flatMap(({ partitions }) => partitions);
  }

  #take(followed: Followed, buffer: PartitionBuffer, answer: FetchedPartition): void {
    try {
      if (buffer.add(answer) > 0) followed.signal.ring();
    } catch (error) {
      if (!(error instanceof EventLogError)) throw error;
      this.#fail(followed, error);
    }
  }

  #fail(followed: Followed, error: EventLogError): void {
    followed.failure = error;
    followed.signal.ring();
  }

  /** kafkajs rejects the whole answer for one partition's error, so an offset out of range is looked for in each. */
  async #recover(
    error: unknown,
    asked: readonly {
      readonly partition: number;
      readonly followed: Followed;
      readonly buffer: PartitionBuffer;
    }[],
  ): Promise<void> {
    try {
      if (brokerErrorOf(error) === 'OFFSET_OUT_OF_RANGE') {
        for (const { partition, followed, buffer } of asked) {
          const { start } = await this.#options.boundsOf(partition);
          if (start > buffer.next) {
            this.#fail(followed, recordsMissing(partition, buffer.next, start, start));
          }
        }
      } else {
        await this.#options.cluster.refreshMetadata();
      }
    } catch {
      // Brokers are away; whoever looks at the lag hears of it. Tried again after the pause.
    }
    this.#pauseAfterFailure();
  }

  #pauseAfterFailure(): void {
    if (this.#isClosed) return;
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#options.cluster
        .refreshMetadataIfNecessary()
        .catch(() => undefined)
        .finally(() => this.#pump());
    }, PAUSE_AFTER_FAILURE_MS);
  }
}
