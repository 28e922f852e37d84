import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { skipsForLackOfKafka } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { inRoot } from '../../services/local/repository.ts';

const run = promisify(execFile);

const WHAT =
  'the previous release and this one follow each other under load, there and back, and lose nothing';

test(WHAT, () => drill());

test.skipIf(await skipsForLackOfKafka())(`${WHAT}, with the log on Kafka and records in the spool`, () =>
  drill('--kafka'),
);

async function drill(...args: readonly string[]): Promise<void> {
  const script = inRoot('test/release/drill.ts');
  const { stdout } = await run(process.execPath, [script, ...args], { cwd: inRoot() });
  expect(stdout).toContain('"missing": 0');
  expect(stdout).toContain('"doubled": 0');
}
