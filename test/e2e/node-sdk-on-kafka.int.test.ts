import { skipsForLackOfKafka } from '@culprit/testkit';
import { describe, vi } from 'vitest';

describe.skipIf(await skipsForLackOfKafka())('with the log on Kafka', async () => {
  vi.stubEnv('CULPRIT_LOG', 'kafka');
  vi.stubEnv('KAFKA_BROKERS', '');
  await import('./node-sdk.int.test.ts');
});
