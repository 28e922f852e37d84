import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { buildClient } from '../client-build.ts';
import { inRoot } from '../repository.ts';
import { changedSources, printDiffCoverage } from './diff-coverage.ts';
import { runTool } from './run-tool.ts';
import { mergeResults, readResults, totalsOf } from './test-results.ts';

const RESULTS = inRoot('.cache', 'test-results.json');
const COVERAGE = inRoot('.cache', 'coverage');
const COVERAGE_REPORT = `${COVERAGE}/coverage-final.json`;

const args = process.argv.slice(2);
const files = args.filter((arg) => arg !== '--full');

const started = performance.now();
await buildClient({ env: process.env, onStart: () => process.stdout.write('building the pages\n') });
rmSync(RESULTS, { force: true });
rmSync(COVERAGE, { recursive: true, force: true });

// A part of the tests says nothing about the lines that other tests run.
const changed = files.length === 0 ? changedSources() : undefined;
const runs = [
  await runProjects(['unit', 'integration'], coverageOf([...(changed?.lines.keys() ?? [])])),
  // Counting covered lines makes long loops several times as slow, and what these run is run by others too.
  await runProjects(['slow', ...(args.includes('--full') ? ['full'] : [])], []),
];
process.exitCode = runs.find(({ code }) => code !== 0)?.code ?? 0;

if (changed !== undefined && existsSync(COVERAGE_REPORT)) {
  printDiffCoverage(changed, JSON.parse(readFileSync(COVERAGE_REPORT, 'utf8')));
}
const results = mergeResults(runs.map((run) => run.results));
if (results !== undefined) {
  writeFileSync(RESULTS, JSON.stringify(results));
  if (results.files.length === 0) {
    process.stdout.write(`no test file has ${files.join(' or ')} in its path\n`);
    process.exitCode = 1;
  }
  for (const { file, skipped, notes } of results.files) {
    if (skipped > 0)
      process.stdout.write(`skipped ${skipped} in ${file}: ${notes.join('; ') || 'no reason given'}\n`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(`${totalsOf(results)}\nin ${seconds} s\n`);
}

/** One run of vitest. Its results are undefined where it did not come to its end. */
async function runProjects(projects: readonly string[], more: readonly string[]) {
  const path = inRoot('.cache', `test-results-${projects.join('-')}.json`);
  rmSync(path, { force: true });
  const { code } = await runTool(
    'vitest',
    [
      'run',
      ...projects.flatMap((project) => ['--project', project]),
      '--reporter=default',
      `--reporter=${inRoot('services', 'local', 'commands', 'results-reporter.ts')}`,
      '--passWithNoTests', // a path may name tests of the other run only
      ...more,
      ...files,
    ],
    { show: true, env: { CULPRIT_TEST_RESULTS: path } },
  );
  return { code, results: readResults(path) };
}

/** Counts which lines of these files are run; of no files, nothing. */
function coverageOf(sources: readonly string[]): readonly string[] {
  if (sources.length === 0) return [];
  return [
    '--coverage.enabled',
    '--coverage.provider=v8',
    '--coverage.reporter=json',
    '--coverage.reportOnFailure',
    `--coverage.reportsDirectory=${COVERAGE}`,
    ...sources.map((file) => `--coverage.include=${file}`),
  ];
}
