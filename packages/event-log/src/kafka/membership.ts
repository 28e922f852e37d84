import type { Consumer, Kafka } from 'kafkajs';
import { pause } from '../pause.ts';
import { stickyAssigner } from './sticky-assigner.ts';

const PAUSE_AFTER_CRASH_MS = 1_000;
/** How often the client looks whether a heartbeat is due; it never fetches anything. */
const TICK_MS = 250;

export interface MembershipOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topic: string;
  readonly partitions: number;
  readonly sessionTimeoutMs: number;
  /** Told of each assignment: all partitions that are owned from now on. */
  readonly own: (partitions: readonly number[]) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Membership in a consumer group, for the sake of its assignments only: the client's own fetching is paused, since it begins where the group's offsets say,
 * and ours begins at the position in Postgres.
 */
export class Membership {
  readonly #options: MembershipOptions;
  #consumer: Consumer | undefined;
  #owned: readonly number[] = [];
  #expiry: NodeJS.Timeout | undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Takes part until the signal aborts; joins again after whatever happens. The group is left by `leave`. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { promise: crashed, resolve: crash } = Promise.withResolvers<unknown>();
      const consumer = this.#createConsumer(crash);
      this.#consumer = consumer;
      try {
        await consumer.connect();
        await consumer.subscribe({ topic: this.#options.topic, fromBeginning: true });
        await consumer.run({ autoCommit: false, eachBatch: async () => {} });
        const error = await Promise.race([crashed, aborted(signal)]);
        if (signal.aborted) return;
        this.#options.onError(error);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onError(error);
      }
      // Until the session runs out nobody else can have them.
      this.#expiry ??= setTimeout(() => this.#own([]), this.#options.sessionTimeoutMs);
      await consumer.disconnect().catch(() => undefined); // it has failed already
      await pause(PAUSE_AFTER_CRASH_MS, signal);
    }
  }

  /** Gives the partitions to the others. */
  async leave(): Promise<void> {
    this.#own([]);
    try {
      await this.#consumer?.disconnect();
    } catch (error) {
      // The session runs out by itself.
      this.#options.onError(error);
    }
  }

  /** Writes down how far the partition was consumed, for the brokers' display of lag and nothing else. */
  async note(partition: number, position: number): Promise<void> {
    if (!this.#owned.includes(partition)) return;
    const { topic } = this.#options;
    await this.#consumer?.commitOffsets([{ topic, partition, offset: String(position) }]);
  }

  #own(partitions: readonly number[]): void {
    clearTimeout(this.#expiry);
    this.#expiry = undefined;
    this.#owned = partitions;
    this.#options.own(partitions);
  }

  #createConsumer(crash: (error: unknown) => void): Consumer {
    const { kafka, groupId, topic, partitions, sessionTimeoutMs } = this.#options;
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      maxWaitTimeInMs: TICK_MS,
      maxBytesPerPartition: 1,
      allowAutoTopicCreation: false,
      partitionAssigners: [stickyAssigner({ partitions, owned: () => this.#owned })],
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 8, restartOnFailure: async () => false },
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (this.#consumer !== consumer) return;
      // Before its first fetch, and again whenever the client has begun anew.
      consumer.pause([{ topic }]);
      this.#own(payload.memberAssignment[topic] ?? []);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => crash(payload.error));
    return consumer;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
