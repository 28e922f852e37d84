import { expect, test } from 'vitest';
import { mergeResults, totalsOf } from '../commands/test-results.ts';

const one = { files: [{ file: 'a.test.ts', passed: 2, failed: 0, skipped: 1, notes: ['needs chromium'] }] };
const other = { files: [{ file: 'b.int.test.ts', passed: 3, failed: 1, skipped: 0, notes: [] }] };

test('runs count together', () => {
  const both = mergeResults([one, other]);
  expect(both?.files.map(({ file }) => file)).toEqual(['a.test.ts', 'b.int.test.ts']);
  expect(both && totalsOf(both)).toBe('5 passed, 1 failed, 1 skipped');
});

test('of runs of which one did not come to its end nothing is known', () => {
  expect(mergeResults([one, undefined])).toBeUndefined();
});
