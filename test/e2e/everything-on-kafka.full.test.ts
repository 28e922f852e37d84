import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { skipsForLackOfKafka } from '@culprit/testkit';
import { describe, vi } from 'vitest';

const TEST = join(import.meta.dirname, '..');
/** What looks at the whole stack from outside, whatever its log is. */
const FOLDERS = ['e2e', 'watching'];
const OWN = '-on-kafka.int.test.ts';

const names = FOLDERS.flatMap((folder) => readdirSync(join(TEST, folder)).map((name) => join(folder, name)));
const hasOwn = (name: string): boolean => names.includes(name.replace('.int.test.ts', OWN));

// Every case of those folders in the other mode, without a list that somebody could forget; but for those that run on Kafka in the normal tier.
describe.skipIf(await skipsForLackOfKafka())('with the log on Kafka', () => {
  for (const name of names.filter(
    (one) => one.endsWith('.int.test.ts') && !one.endsWith(OWN) && !hasOwn(one),
  )) {
    describe(name, async () => {
      vi.stubEnv('CULPRIT_LOG', 'kafka');
      vi.stubEnv('KAFKA_BROKERS', '');
      await import(join(TEST, name));
    });
  }
});
