import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LocalStack } from '../chaos/local-stack.ts';
import type { StackFacts } from '../e2e/running-stack.ts';
import { fuzz } from './fuzz.ts';
import { problemsOf } from './verdict.ts';

/** `npm run fuzz -- [--count 1000000] [--seed 1]`: mutated submissions to a stack of their own. Ends with 1 where a promise did not hold. */
const { values } = parseArgs({
  options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const folder = await mkdtemp(join(tmpdir(), 'culprit-fuzz-'));
// Started as root, PostgreSQL runs as somebody else and must pass through.
await chmod(folder, 0o711);
const stack = new LocalStack(join(folder, 'data'), { CULPRIT_PORT: '0', CULPRIT_INGEST_PORT: '0' });
try {
  await stack.start();
  const facts = (await stack.firstRun()) as StackFacts;
  const report = await fuzz(stack, facts, {
    count: Number(values.count),
    seed: Number(values.seed),
    onProgress: say,
  });
  say(JSON.stringify(report, undefined, 2));
  const problems = problemsOf(report);
  for (const problem of problems) say(`problem: ${problem}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}
