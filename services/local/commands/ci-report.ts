import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { inRoot, isThere } from '../repository.ts';
import { readResults, totalsOf } from './test-results.ts';

/** What a machine may lack. A test needs one when its file names it; where it lacks, the test is skipped with a reason that names it. */
const PARTS = [
  { name: 'kafka', names: /\bkafka/i },
  { name: 'chromium', names: /\bchromium|\bplaywright/i, version: ['chromium', '--version'] },
  { name: 'python', names: /\bpython/i, version: ['python3', '--version'] },
  { name: 'go', names: /\bgolang\b/i, version: ['go', 'version'] },
  { name: 'java', names: /\bjava\b/i, version: ['java', '-version'] },
  { name: 'rust', names: /\brust/i, version: ['cargo', '--version'] },
] as const;
/** Where tests run other programs. */
const END_TO_END = /^(?:test|services\/web\/test|services\/local\/test)\//;

const results = readResults(inRoot('.cache', 'test-results.json'));
for (const part of PARTS) {
  const version = 'version' in part ? part.version : undefined;
  process.stdout.write(`${part.name.padEnd(10)}${stateOf(part.name, part.names, version)}\n`);
}
// Alone on the last line, for whoever reads only that.
process.stdout.write(`${results === undefined ? '0 passed, 1 failed' : totalsOf(results)}\n`);

function stateOf(name: string, names: RegExp, version: readonly [string, string] | undefined): string {
  const needing = (results?.files ?? []).filter(
    ({ file }) => END_TO_END.test(file) && isThere(file) && names.test(readFileSync(inRoot(file), 'utf8')),
  );
  if (needing.length === 0) {
    return isOfFullTier(names) ? 'not run: only by npm run test:full' : 'not run: no test needs it yet';
  }
  const skipped = needing.filter(
    ({ passed, notes }) => passed === 0 || notes.some((note) => note.toLowerCase().includes(name)),
  );
  if (skipped.length > 0) return `not run: skipped in ${skipped.map(({ file }) => file).join(', ')}`;
  const where = needing.map(({ file }) => file).join(', ');
  return `ran${version === undefined ? '' : ` (${versionOf(version)})`}: ${where}`;
}

/** Whether a test that takes minutes needs it. */
function isOfFullTier(names: RegExp): boolean {
  const tests = globSync('test/**/*.full.test.ts', { cwd: inRoot('.') });
  return tests.some((file) => names.test(readFileSync(inRoot(file), 'utf8')));
}

function versionOf([file, argument]: readonly [string, string]): string {
  try {
    return execFileSync(file, [argument], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'version unknown';
  }
}
