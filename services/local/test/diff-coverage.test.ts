import { join } from 'node:path';
import { expect, test } from 'vitest';
import { changedLines, diffCoverage, rangesOf } from '../commands/diff-coverage.ts';
import { root } from '../repository.ts';

const DIFF = `diff --git a/packages/a/src/a.ts b/packages/a/src/a.ts
--- a/packages/a/src/a.ts
+++ b/packages/a/src/a.ts
@@ -3 +3,2 @@ export function f() {
-  old();
+  fresh();
+  more();
@@ -9,2 +10,0 @@
-gone
-gone too
diff --git a/packages/a/src/b.ts b/packages/a/src/b.ts
--- /dev/null
+++ b/packages/a/src/b.ts
@@ -0,0 +1 @@
+export const b = 1;
diff --git a/packages/a/src/c.ts b/packages/a/src/c.ts
--- a/packages/a/src/c.ts
+++ /dev/null
@@ -1 +0,0 @@
-export const c = 1;
`;

test('only lines that are new or changed count, and a removed file counts nothing', () => {
  expect(changedLines(DIFF)).toEqual(
    new Map([
      ['packages/a/src/a.ts', new Set([3, 4])],
      ['packages/a/src/b.ts', new Set([1])],
    ]),
  );
});

test('a changed line is covered when any statement on it ran; lines without a statement do not count', () => {
  const at = (line: number) => ({ start: { line } });
  const report = {
    [join(root, 'packages/a/src/a.ts')]: {
      statementMap: { 0: at(1), 1: at(3), 2: at(3), 3: at(4) },
      s: { 0: 0, 1: 0, 2: 5, 3: 0 },
    },
    [join(root, 'packages/a/src/unchanged.ts')]: { statementMap: { 0: at(1) }, s: { 0: 0 } },
  };
  expect(diffCoverage(changedLines(DIFF), report)).toEqual([
    { file: 'packages/a/src/a.ts', lines: 2, missed: [4] },
  ]);
});

test('neighbouring lines are shown as a range', () => {
  expect(rangesOf([3, 4, 5, 9, 11, 12])).toBe('3-5, 9, 11-12');
  expect(rangesOf([])).toBe('');
});
