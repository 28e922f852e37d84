import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { createKafka } from './cluster.ts';
import { toEventLogError } from './kafka-errors.ts';
import { type KafkaConnection, MAX_MESSAGE_BYTES } from './kafka-options.ts';
import { configOf } from './topic-config.ts';

/** No batch of records is as small, so the brokers refuse each; whoever appended before has its answer. */
const CLOSED_MAX_MESSAGE_BYTES = 1;

/** Whether a topic takes no more records, by its `max.message.bytes`. */
export function isClosedBy(config: ReadonlyMap<string, string>): boolean {
  return Number(config.get('max.message.bytes')) <= CLOSED_MAX_MESSAGE_BYTES;
}

/**
 * Has the brokers refuse every further record of a topic, whoever appends: its ends are final then. What is in it can be read as before. Producers take the
 * topic for unavailable, so that a spool keeps their records.
 *
 * @throws EventLogError `unavailable`.
 */
export function closeTopic(connection: KafkaConnection, topic: string): Promise<void> {
  return setMaxMessageBytes(connection, topic, CLOSED_MAX_MESSAGE_BYTES);
}

/** Takes `closeTopic` back. @throws EventLogError `unavailable`. */
export function reopenTopic(connection: KafkaConnection, topic: string): Promise<void> {
  return setMaxMessageBytes(connection, topic, MAX_MESSAGE_BYTES);
}

async function setMaxMessageBytes(connection: KafkaConnection, topic: string, bytes: number): Promise<void> {
  const admin = createKafka(connection, undefined).admin();
  try {
    await admin.connect();
    // The request replaces all of the topic's own settings.
    const own = new Map(await configOf(admin, topic, { onlyOwn: true }));
    own.set('max.message.bytes', String(bytes));
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [...own].map(([name, value]) => ({ name, value })),
        },
      ],
    });
  } catch (error) {
    throw toEventLogError(error, `topic ${topic} cannot be changed`);
  } finally {
    await admin.disconnect().catch(() => undefined); // nothing hangs on a polite goodbye
  }
}

const LOOK_EVERY_MS = 1_000;

/** Tells a topic that was closed from a record that is refused; asks the brokers at most once a second, and only when a record was refused. */
export class ClosedTopicWatch {
  readonly #kafka: Kafka;
  readonly #topic: string;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<boolean> | undefined;

  constructor(kafka: Kafka, topic: string) {
    this.#kafka = kafka;
    this.#topic = topic;
  }

  isClosed(): Promise<boolean> {
    const now = performance.now();
    if (this.#looking === undefined || now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now;
      this.#looking = this.#look();
    }
    return this.#looking;
  }

  async #look(): Promise<boolean> {
    const admin: Admin = this.#kafka.admin();
    try {
      await admin.connect();
      return isClosedBy(await configOf(admin, this.#topic));
    } catch {
      return false; // the refusal stands as it is
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }
}
