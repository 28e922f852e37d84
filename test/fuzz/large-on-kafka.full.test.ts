import { skipsForLackOfKafka } from '@culprit/testkit';
import { describe, vi } from 'vitest';
import { testLargeThings } from './large.ts';

describe.skipIf(await skipsForLackOfKafka())('with the log on Kafka', () => {
  vi.stubEnv('CULPRIT_LOG', 'kafka');
  vi.stubEnv('KAFKA_BROKERS', '');
  testLargeThings();
});
