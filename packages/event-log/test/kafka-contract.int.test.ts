import { randomBytes } from 'node:crypto';
import { skipsForLackOfKafka, testKafka } from '@culprit/testkit';
import kafkajs from 'kafkajs';
import { describe } from 'vitest';
import { describeEventLogContract } from '../src/contract-suite.ts';
import { type KafkaPlace, openPlace } from './open-kafka-place.ts';

describe.skipIf(await skipsForLackOfKafka())('on Kafka', () => {
  describeEventLogContract({
    name: 'Kafka',
    wakeUpMs: 60,
    takeOverMs: 20_000,
    async place(partitions) {
      const { brokers, topicPrefix } = await testKafka();
      const place: KafkaPlace = {
        brokers,
        topic: `${topicPrefix}${randomBytes(4).toString('hex')}`,
        partitions,
      };
      const config = JSON.stringify(place);
      return {
        open: () => openPlace(config),
        forget: async (partition, offset) => {
          const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: 0 }).admin();
          await admin.connect();
          await admin.fetchTopicMetadata({ topics: [place.topic] });
          await admin.deleteTopicRecords({
            topic: place.topic,
            partitions: [{ partition, offset: String(offset) }],
          });
          await admin.disconnect();
        },
        opener: { module: new URL('./open-kafka-place.ts', import.meta.url).href, config },
        remove: async () => {},
      };
    },
  });
});
