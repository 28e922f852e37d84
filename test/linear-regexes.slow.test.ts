import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, Visitor } from 'oxc-parser';
import { check } from 'recheck';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What sees text of strangers. */
const FOLDERS = [
  'packages/filters/src',
  'packages/grouping/src',
  'packages/normalization/src',
  'packages/protocol/src',
  'packages/scrubbing/src',
  'services/ingest',
];

/** Patterns that the checker calls slow although they are not, and why. */
const BOUNDED: ReadonlyMap<string, string> = new Map([]);

interface Found {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

const files = FOLDERS.flatMap((folder) => sourceFilesOf(folder));
const literals = files.flatMap((file) => literalsOf(file));

/**
 * An expression that goes back over what it has read can be made to take minutes by a text of a few kilobytes. `recheck` decides by the automaton of an
 * expression whether such a text exists, also for one that starts anew at every character.
 */
describe('expressions that see text of strangers', () => {
  test('are found', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(literals.map(({ source }) => source)).toContain('^[A-Z_-]{3,32}$');
  });

  test('the checker tells a slow one from a fast one', async () => {
    expect((await check('^(a+)+$', '')).status).toBe('vulnerable');
    expect((await check('a+$', '')).status).toBe('vulnerable');
    expect((await check('^a+$', '')).status).toBe('safe');
  });

  test('take linear time', async () => {
    const all = unique([...literals, ...(await builtExpressions())]);
    expect(await slowOnes(all)).toEqual([]);
  }, 600_000);

  test('no exception is longer needed than its expression', () => {
    const sources = new Set(literals.map(({ source }) => source));
    expect([...BOUNDED.keys()].filter((source) => !sources.has(source))).toEqual([]);
  });
});

async function slowOnes(found: readonly Found[]): Promise<string[]> {
  const slow: string[] = [];
  for (const { file, source, flags } of found) {
    // What repeats nothing cannot go back far.
    if (BOUNDED.has(source) || !/[*+{]/.test(source)) continue;
    const verdict = await check(source, flags, { timeout: 60_000 });
    if (verdict.status !== 'safe') {
      const why = verdict.status === 'vulnerable' ? verdict.complexity.summary : verdict.error.kind;
      slow.push(`${file}: /${source}/${flags} ${why}`);
    }
  }
  return slow;
}

function sourceFilesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /^[^.]+\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !/\/(?:node_modules|test)\//.test(path));
}

function literalsOf(file: string): Found[] {
  const found: Found[] = [];
  const { program } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  new Visitor({
    Literal(node) {
      if ('regex' in node) found.push({ file, source: node.regex.pattern, flags: node.regex.flags });
    },
  }).visit(program);
  return found;
}

/** Those that modules put together from parts when they are loaded. */
async function builtExpressions(): Promise<Found[]> {
  const found: Found[] = [];
  const { RegExp: original } = globalThis;
  for (const file of files) {
    if (!/\bRegExp\(/.test(readFileSync(join(root, file), 'utf8'))) continue;
    globalThis.RegExp = new Proxy(original, {
      construct(target, [source, flags]: [string, string?]) {
        found.push({ file, source, flags: flags ?? '' });
        return new target(source, flags);
      },
    });
    try {
      await import(join(root, file));
    } finally {
      globalThis.RegExp = original;
    }
  }
  return found;
}

function unique(found: readonly Found[]): Found[] {
  return [...new Map(found.map((one) => [`${one.source}/${one.flags}`, one])).values()];
}
