import { execFileSync } from 'node:child_process';
import { relative } from 'node:path';
import { root } from '../repository.ts';

/** Istanbul's report: by absolute path, where each statement is and how often it ran. */
export type CoverageReport = Readonly<
  Record<
    string,
    {
      readonly statementMap: Readonly<Record<string, { readonly start: { readonly line: number } }>>;
      readonly s: Readonly<Record<string, number>>;
    }
  >
>;

export interface FileDiffCoverage {
  /** Relative to the repository. */
  readonly file: string;
  /** Changed lines where a statement begins. */
  readonly lines: number;
  /** Those that no test ran. */
  readonly missed: readonly number[];
}

/** What of the repository tests run in their own process. */
const SOURCES = /^(?:packages\/[^/]+\/src\/|services\/(?!.*\/test\/)).*\.tsx?$/;
const COMMITS_BACK = 20;
const SHOWN_FILES = 15;

export interface ChangedSources {
  /** The commit since which. */
  readonly base: string;
  /** By file, relative to the repository: numbers of the lines that are new or changed. */
  readonly lines: ReadonlyMap<string, ReadonlySet<number>>;
}

/** What was changed in files that tests can run. Undefined outside a git checkout, or when nothing was. */
export function changedSources(): ChangedSources | undefined {
  const base = findBase();
  if (base === undefined) return undefined;
  const diff = git(['diff', '--unified=0', '--no-color', '--no-ext-diff', base, '--', '*.ts', '*.tsx']);
  const lines = new Map([...changedLines(diff)].filter(([file]) => SOURCES.test(file)));
  return lines.size === 0 ? undefined : { base, lines };
}

/** Prints how many of the changed lines the tests ran. */
export function printDiffCoverage({ base, lines: changed }: ChangedSources, report: CoverageReport): void {
  const files = diffCoverage(changed, report);
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  if (lines === 0) return;
  const missed = files.reduce((sum, file) => sum + file.missed.length, 0);
  const percent = ((100 * (lines - missed)) / lines).toFixed(1);
  process.stdout.write(
    `\ncoverage of the lines changed since ${base.slice(0, 10)}: ${percent} % of ${lines}\n`,
  );
  const worst = files
    .filter((file) => file.missed.length > 0)
    .sort((a, b) => b.missed.length - a.missed.length);
  for (const { file, missed: open } of worst.slice(0, SHOWN_FILES)) {
    process.stdout.write(`  ${file}: not run ${rangesOf(open)}\n`);
  }
  if (worst.length > SHOWN_FILES) process.stdout.write(`  and ${worst.length - SHOWN_FILES} more files\n`);
}

/** For each changed file that the report knows: its changed lines with a statement, and which of them no test ran. */
export function diffCoverage(
  changed: ReadonlyMap<string, ReadonlySet<number>>,
  report: CoverageReport,
): readonly FileDiffCoverage[] {
  return Object.entries(report).flatMap(([path, { statementMap, s }]) => {
    const file = relative(root, path);
    const touched = changed.get(file);
    if (touched === undefined) return [];
    const runs = new Map<number, number>();
    for (const [id, { start }] of Object.entries(statementMap)) {
      if (touched.has(start.line)) runs.set(start.line, Math.max(runs.get(start.line) ?? 0, s[id] ?? 0));
    }
    const missed = [...runs].filter(([, count]) => count === 0).map(([line]) => line);
    return [{ file, lines: runs.size, missed: missed.sort((a, b) => a - b) }];
  });
}

/** From `git diff --unified=0`: by file, the numbers of the lines that are new or changed. */
export function changedLines(diff: string): ReadonlyMap<string, ReadonlySet<number>> {
  const changed = new Map<string, Set<number>>();
  let lines: Set<number> | undefined;
  for (const line of diff.split('\n')) {
    if (line.startsWith('+++ ')) {
      lines = line.startsWith('+++ b/') ? new Set() : undefined;
      if (lines !== undefined) changed.set(line.slice('+++ b/'.length), lines);
      continue;
    }
    const hunk = /^@@ -\S+ \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null || lines === undefined) continue;
    const first = Number(hunk[1]);
    const count = Number(hunk[2] ?? 1);
    for (let number = first; number < first + count; number++) lines.add(number);
  }
  return changed;
}

/** `3-5, 9` for 3, 4, 5, 9. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const current = ranges.at(-1);
    if (current !== undefined && number === current[1] + 1) current[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(', ');
}

/** Where this branch left the shared one; on the shared one itself, some commits back. */
function findBase(): string | undefined {
  try {
    const head = git(['rev-parse', 'HEAD']).trim();
    const fork = attempt(() => git(['merge-base', 'origin/main', 'HEAD']).trim());
    if (fork !== undefined && fork !== head) return fork;
    const back = attempt(() => git(['rev-parse', '--verify', '--quiet', `HEAD~${COMMITS_BACK}`]).trim());
    return back ?? git(['rev-list', '--max-parents=0', 'HEAD']).trim().split('\n')[0];
  } catch {
    return undefined;
  }
}

function git(args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    stdio: 'pipe',
  });
}

function attempt<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}
