import { existsSync, readFileSync, rmSync } from 'node:fs';
import { buildClient } from '../client-build.ts';
import { inRoot } from '../repository.ts';
import { printDiffCoverage } from './diff-coverage.ts';
import { runTool } from './run-tool.ts';
import { readResults, totalsOf } from './test-results.ts';

const RESULTS = inRoot('.cache', 'test-results.json');
const COVERAGE = inRoot('.cache', 'coverage');
const COVERED = ['packages/*/src/**/*.ts', 'services/**/*.ts', 'services/web/client/src/**/*.tsx'];

const args = process.argv.slice(2);
const files = args.filter((arg) => arg !== '--full');
const projects = ['unit', 'integration', ...(args.includes('--full') ? ['full'] : [])];

const started = performance.now();
await buildClient({ env: process.env, onStart: () => process.stdout.write('building the pages\n') });
rmSync(RESULTS, { force: true });
rmSync(COVERAGE, { recursive: true, force: true });
const { code } = await runTool(
  'vitest',
  [
    'run',
    ...projects.flatMap((project) => ['--project', project]),
    '--reporter=default',
    `--reporter=${inRoot('services', 'local', 'commands', 'results-reporter.ts')}`,
    '--coverage.enabled',
    '--coverage.provider=v8',
    '--coverage.reporter=json',
    '--coverage.reportOnFailure',
    `--coverage.reportsDirectory=${COVERAGE}`,
    ...COVERED.map((pattern) => `--coverage.include=${pattern}`),
    ...files,
  ],
  { show: true, env: { CULPRIT_TEST_RESULTS: RESULTS } },
);
process.exitCode = code;

const report = `${COVERAGE}/coverage-final.json`;
// A part of the tests says nothing about the lines that other tests run.
if (files.length === 0 && existsSync(report)) printDiffCoverage(JSON.parse(readFileSync(report, 'utf8')));
const results = readResults(RESULTS);
if (results !== undefined) {
  for (const { file, skipped, notes } of results.files) {
    if (skipped > 0)
      process.stdout.write(`skipped ${skipped} in ${file}: ${notes.join('; ') || 'no reason given'}\n`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${totalsOf(results)}\nin ${seconds} s\n`);
}
