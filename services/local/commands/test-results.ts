import { readFileSync } from 'node:fs';
import { z } from 'zod';

const schema = z.object({
  files: z.array(
    z.object({
      /** Relative to the repository. */
      file: z.string(),
      passed: z.number(),
      failed: z.number(),
      skipped: z.number(),
      /** Why, each reason once. */
      notes: z.array(z.string()),
    }),
  ),
});

export type TestResults = z.infer<typeof schema>;

/** What the last run left; undefined when it did not get that far. */
export function readResults(path: string): TestResults | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of several runs, one result; undefined when one of them did not come to its end: then nobody knows how many failed. */
export function mergeResults(runs: readonly (TestResults | undefined)[]): TestResults | undefined {
  const whole = runs.filter((run) => run !== undefined);
  return whole.length < runs.length ? undefined : { files: whole.flatMap(({ files }) => files) };
}

/** `12 passed, 0 failed, 3 skipped`: the form that continuous integration reads. */
export function totalsOf({ files }: TestResults): string {
  const sum = (pick: (file: TestResults['files'][number]) => number): number =>
    files.reduce((total, file) => total + pick(file), 0);
  const skipped = sum((file) => file.skipped);
  const end = skipped === 0 ? '' : `, ${skipped} skipped`;
  return `${sum((file) => file.passed)} passed, ${sum((file) => file.failed)} failed${end}`;
}
