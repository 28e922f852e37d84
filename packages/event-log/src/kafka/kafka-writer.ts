import type { Producer, TopicMessages } from 'kafkajs';
import { EventLogError } from '../event-log.ts';
import { Linger } from '../linger.ts';
import { isRefusal, isTooLarge, toEventLogError } from './kafka-errors.ts';

const MiB = 1024 * 1024;
/** Appends that wait for the brokers; beyond it they are too slow for what is asked. As the embedded log. */
const MAX_QUEUED_BYTES = 128 * MiB;
const MAX_QUEUED_RECORDS = 200_000;
/** One request: what a broker answers within milliseconds. */
const MAX_REQUEST_BYTES = 8 * MiB;
/** A partition's share of a request is one batch, which the broker takes or refuses whole. */
const MAX_BATCH_BYTES = 2 * MiB;
/** How long the first record that waits is held for others to join it: a request costs the client and the broker some 2 ms of CPU, however little is in it. */
const LINGER_MS = 8;
const LINGER_BYTES = 512 * 1024;
const EXPIRY_EVERY_MS = 100;
/** A broker that waits for its replicas gives up by then. */
const ACKS_TIMEOUT_MS = 5_000;
const ALL_IN_SYNC_REPLICAS = -1;

export interface KeyedValue {
  readonly partition: number;
  readonly key: string;
  readonly value: Uint8Array;
}

export interface KafkaWriterOptions {
  readonly producer: Producer;
  readonly topic: string;
  readonly deliveryTimeoutMs: number;
  /** Asked when the brokers find records too large. */
  readonly isTopicClosed: () => Promise<boolean>;
  /** Partitions by the broker that leads them, as far as it is known: a broker that hangs holds up only its own. */
  readonly byLeader: (partitions: readonly number[]) => readonly (readonly number[])[];
}

/** Records of one `append`: settled together. */
class Append {
  #left: number;
  #failure: EventLogError | undefined;
  readonly #resolve: () => void;
  readonly #reject: (error: EventLogError) => void;

  constructor(records: number, resolve: () => void, reject: (error: EventLogError) => void) {
    this.#left = records;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** What is known to be refused is told before what is unknown. */
  settle(failure: EventLogError | undefined): void {
    if (this.#failure === undefined || this.#failure.code === 'unavailable')
      this.#failure = failure ?? this.#failure;
    this.#left -= 1;
    if (this.#left > 0) return;
    if (this.#failure === undefined) this.#resolve();
    else this.#reject(this.#failure);
  }
}

interface Waiting extends KeyedValue {
  readonly append: Append;
  /** `performance.now()` by which it is settled, one way or the other. */
  readonly deadline: number;
  isSettled: boolean;
}

/**
 * Group commit to Kafka: while requests are under way, records queue, and the next request takes what is there. A partition is in one request at a time, so
 * that its records keep their order. What is not acknowledged in time counts as not written, and may come to be written all the same.
 */
export class KafkaWriter {
  readonly #options: KafkaWriterOptions;
  readonly #inFlight = new Set<number>();
  readonly #sending = new Set<readonly Waiting[]>();
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  readonly #linger = new Linger({
    milliseconds: LINGER_MS,
    enoughBytes: LINGER_BYTES,
    send: () => this.#send(),
  });
  readonly #expiry: NodeJS.Timeout;

  constructor(options: KafkaWriterOptions) {
    this.#options = options;
    this.#expiry = setInterval(() => this.#expire(), EXPIRY_EVERY_MS).unref();
  }

  /** Resolves when all in-sync replicas have all of it. @throws EventLogError `unavailable`, `too_large`, `refused`. */
  append(records: readonly KeyedValue[]): Promise<void> {
    let bytes = 0;
    for (const { value } of records) bytes += value.length;
    const isTooMuch =
      this.#queuedBytes + bytes > MAX_QUEUED_BYTES ||
      this.#queue.length + records.length > MAX_QUEUED_RECORDS;
    if (this.#queue.length > 0 && isTooMuch) {
      const message = `${this.#queue.length} records of ${this.#queuedBytes} bytes already wait for the brokers`;
      return Promise.reject(new EventLogError('unavailable', message));
    }
    const deadline = performance.now() + this.#options.deliveryTimeoutMs;
    return new Promise((resolve, reject) => {
      const append = new Append(records.length, resolve, reject);
      for (const record of records) this.#queue.push({ ...record, append, deadline, isSettled: false });
      this.#queuedBytes += bytes;
      this.#linger.schedule(this.#queuedBytes);
    });
  }

  /** Waits until what is queued is settled. */
  async close(): Promise<void> {
    while (this.#queue.length > 0 || this.#sending.size > 0) {
      if (
        [...this.#sending].every((records) => records.every(({ isSettled }) => isSettled)) &&
        this.#queue.length === 0
      ) {
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    clearInterval(this.#expiry);
    this.#linger.cancel();
  }

  #send(): void {
    const chosen = this.#choose();
    if (chosen.size === 0) return;
    for (const partitions of this.#options.byLeader([...chosen.keys()])) {
      const records = partitions.flatMap((partition) => chosen.get(partition) ?? []);
      for (const partition of partitions) this.#inFlight.add(partition);
      this.#sending.add(records);
      void this.#produce(records).finally(() => {
        for (const partition of partitions) this.#inFlight.delete(partition);
        this.#sending.delete(records);
        if (this.#queue.length > 0) this.#linger.schedule(this.#queuedBytes);
      });
    }
    if (this.#queue.length > 0 && this.#inFlight.size === 0) this.#linger.schedule(this.#queuedBytes);
  }

  /** Takes from the queue, in order, what may go now: partitions that are not under way, each with a batch of bounded size. */
  #choose(): ReadonlyMap<number, Waiting[]> {
    const chosen = new Map<number, Waiting[]>();
    const bytesOf = new Map<number, number>();
    const rest: Waiting[] = [];
    let sum = 0;
    for (const record of this.#queue) {
      const { partition, value } = record;
      const bytes = (bytesOf.get(partition) ?? 0) + value.length;
      const isFirst = !chosen.has(partition);
      const isOver = sum + value.length > MAX_REQUEST_BYTES && sum > 0;
      const fits = !isOver && (isFirst || bytes <= MAX_BATCH_BYTES);
      if (this.#inFlight.has(partition) || !fits) {
        rest.push(record);
        // What comes later must not overtake it.
        if (!isFirst) bytesOf.set(partition, MAX_BATCH_BYTES + 1);
        continue;
      }
      if (isFirst) chosen.set(partition, [record]);
      else chosen.get(partition)?.push(record);
      bytesOf.set(partition, bytes);
      sum += value.length;
      this.#queuedBytes -= value.length;
    }
    this.#queue = rest;
    return chosen;
  }

  /** A batch that is refused is halved until the record that the broker does not want is alone. */
  async #produce(records: readonly Waiting[]): Promise<void> {
    try {
      await this.#options.producer.sendBatch({
        acks: ALL_IN_SYNC_REPLICAS,
        timeout: ACKS_TIMEOUT_MS,
        topicMessages: [messagesOf(this.#options.topic, records)],
      });
      for (const record of records) settle(record, undefined);
    } catch (error) {
      if (isTooLarge(error) && (await this.#options.isTopicClosed())) {
        const closed = new EventLogError('unavailable', 'the topic takes no more records', { cause: error });
        for (const record of records) settle(record, closed);
        return;
      }
      if (records.length > 1 && isRefusal(error)) {
        const middle = records.length >> 1;
        await this.#produce(records.slice(0, middle));
        await this.#produce(records.slice(middle));
        return;
      }
      const failure = toEventLogError(error, 'the brokers did not take the records');
      for (const record of records) settle(record, failure);
    }
  }

  #expire(): void {
    const now = performance.now();
    const isLate = ({ deadline }: Waiting): boolean => deadline <= now;
    const failure = new EventLogError('unavailable', 'the brokers did not answer in time');
    for (const records of this.#sending) {
      for (const record of records) if (isLate(record)) settle(record, failure);
    }
    // The queue is in the order of the deadlines.
    if (this.#queue[0] === undefined || !isLate(this.#queue[0])) return;
    const kept = this.#queue.filter((record) => !isLate(record));
    for (const record of this.#queue) {
      if (!isLate(record)) continue;
      this.#queuedBytes -= record.value.length;
      settle(record, failure);
    }
    this.#queue = kept;
  }
}

function settle(record: Waiting, failure: EventLogError | undefined): void {
  if (record.isSettled) return;
  record.isSettled = true;
  record.append.settle(failure);
}

function messagesOf(topic: string, records: readonly Waiting[]): TopicMessages {
  return {
    topic,
    messages: records.map(({ partition, key, value }) => ({
      partition,
      key,
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    })),
  };
}
