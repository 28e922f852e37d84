import { execFileSync } from 'node:child_process';
import { inRoot } from '../repository.ts';
import { readResults, type TestResults, totalsOf } from './test-results.ts';

/** What a machine may lack, and how its presence is seen. Tests that lack one skip with a reason that names it. */
const PARTS = [
  { name: 'kafka', tests: 'none yet', command: undefined },
  { name: 'chromium', tests: 'pages, @sentry/browser', command: ['chromium', '--version'] },
  { name: 'python', tests: 'none yet', command: ['python3', '--version'] },
  { name: 'go', tests: 'none yet', command: ['go', 'version'] },
  { name: 'java', tests: 'none yet', command: ['java', '-version'] },
  { name: 'rust', tests: 'none yet', command: ['cargo', '--version'] },
] as const;

const results = readResults(inRoot('.cache', 'test-results.json'));
for (const { name, tests, command } of PARTS) {
  process.stdout.write(`${name.padEnd(10)}${stateOf(name, tests, command, results)}\n`);
}
// Alone on the last line, for whoever reads only that.
process.stdout.write(`${results === undefined ? '0 passed, 1 failed' : totalsOf(results)}\n`);

function stateOf(
  name: string,
  tests: string,
  command: readonly [string, string] | undefined,
  ran: TestResults | undefined,
): string {
  if (tests === 'none yet') return 'not run: no test needs it yet';
  const skipped =
    ran?.files.filter(({ notes }) => notes.some((note) => note.toLowerCase().includes(name))) ?? [];
  if (ran === undefined || command === undefined) return 'not run';
  if (skipped.length > 0) return `not run: skipped in ${skipped.map(({ file }) => file).join(', ')}`;
  return `ran: ${tests} (${versionOf(command)})`;
}

function versionOf([file, argument]: readonly [string, string]): string {
  try {
    return execFileSync(file, [argument], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'version unknown';
  }
}
