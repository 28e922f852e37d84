import { skipsForLackOfKafka } from '@culprit/testkit';
import { describe, vi } from 'vitest';

// The restore is onto a Kafka of the new folder's own, too.
describe.skipIf(await skipsForLackOfKafka())('with the log on Kafka', async () => {
  vi.stubEnv('CULPRIT_LOG', 'kafka');
  vi.stubEnv('KAFKA_BROKERS', '');
  await import('./backup.int.test.ts');
});
