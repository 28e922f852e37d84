import { Kafka, logLevel } from 'kafkajs';
import type { EmbeddedKafka } from '../src/index.ts';
import { until } from './until.ts';

function clientOf({ brokers }: { readonly brokers: string }): Kafka {
  return new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry: { retries: 20 } });
}

export async function createTopic(kafka: EmbeddedKafka): Promise<void> {
  const admin = clientOf(kafka).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 1 }], waitForLeaders: false });
  const hasLeader = async (): Promise<boolean> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['kept'] });
    return (topics[0]?.partitions[0]?.leader ?? -1) >= 0;
  };
  // Of a topic that was just made, a broker may not have heard.
  await until(() => hasLeader().catch(() => false), 'the topic has a leader', 60_000);
  await admin.disconnect();
}

/** Resolves when every copy that counts has it. */
export async function send(kafka: EmbeddedKafka, value: string): Promise<void> {
  const producer = clientOf(kafka).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic: 'kept', acks: -1, messages: [{ value }] });
  await producer.disconnect();
}

export async function readAll(kafka: EmbeddedKafka, count: number): Promise<string[]> {
  const values: string[] = [];
  const consumer = clientOf(kafka).consumer({ groupId: `reader-${Math.random()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: 'kept', fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) });
  await until(() => values.length >= count, `${count} messages are read`, 60_000);
  await consumer.disconnect();
  return values.sort();
}

export async function leaderOf(kafka: EmbeddedKafka): Promise<{ leader: number; inSync: number }> {
  const admin = clientOf(kafka).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: ['kept'] }).finally(() => admin.disconnect());
  const partition = topics[0]?.partitions[0];
  return { leader: partition?.leader ?? -1, inSync: partition?.isr.length ?? 0 };
}
