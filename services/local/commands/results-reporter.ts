import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import type { TestResults } from './test-results.ts';

/** Writes what came of the tests to the file that `CULPRIT_TEST_RESULTS` names; vitest's own JSON leaves out why a test was skipped. */
// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export.
export default class ResultsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const path = process.env.CULPRIT_TEST_RESULTS;
    if (path === undefined) return;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(resultsOf(modules)));
  }
}

function resultsOf(modules: readonly TestModule[]): TestResults {
  const files = modules.map((module) => {
    const results = [...module.children.allTests()].map((test) => test.result());
    const failed = results.filter(({ state }) => state === 'failed').length;
    const skipped = results.flatMap((result) => (result.state === 'skipped' ? [result] : []));
    return {
      file: module.relativeModuleId,
      passed: results.filter(({ state }) => state === 'passed').length,
      // A file that cannot be loaded, or whose set-up throws, has no failed test of its own.
      failed: failed === 0 && module.state() === 'failed' ? 1 : failed,
      skipped: skipped.length,
      notes: [...new Set(skipped.flatMap(({ note }) => (note === undefined ? [] : [note])))],
    };
  });
  return { files };
}
