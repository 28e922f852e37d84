import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { NormalizedEvent } from '@culprit/protocol';
import { describe, expect, it } from 'vitest';
import { group } from '../src/index.ts';
import { asNormalized } from './raw-events.ts';

const shared = process.env.CULPRIT_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const corpus = join(shared, 'testdata/grouping');

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly reason: string;
}

/** Pairs that need project rules; this strategy knows none. */
const NEEDS_RULES = 'a server rule replaces any client fingerprint';

if (!existsSync(corpus)) {
  console.log(`skipped: grouping corpus not found at ${corpus} (set CULPRIT_SHARED)`);
  describe.skip('public grouping corpus', () => {
    it('is not here', () => {});
  });
} else {
  const { pairs } = JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as {
    pairs: { must_group: Pair[]; must_not_group: Pair[] };
  };
  const events = new Map<string, NormalizedEvent>(
    readdirSync(join(corpus, 'inputs')).map((file) => [
      basename(file, '.json'),
      asNormalized(JSON.parse(readFileSync(join(corpus, 'inputs', file), 'utf8'))),
    ]),
  );
  const hashOf = (name: string): string => {
    const event = events.get(name);
    if (event === undefined) throw new Error(`no input ${name}`);
    return group(event).hash;
  };

  describe('public grouping corpus', () => {
    it.each(pairs.must_group.filter((pair) => pair.reason !== NEEDS_RULES))(
      '$a is one issue with $b',
      ({ a, b }) => {
        expect(hashOf(a)).toBe(hashOf(b));
      },
    );
    it.each(pairs.must_not_group)('$a is another issue than $b: $reason', ({ a, b }) => {
      expect(hashOf(a)).not.toBe(hashOf(b));
    });
    it('every input groups, and no two of different pairs fall together by an empty basis', () => {
      const named = new Set([...pairs.must_group, ...pairs.must_not_group].flatMap(({ a, b }) => [a, b]));
      const fallbacks = [...events].filter(
        ([name, event]) => named.has(name) && group(event).variant === 'fallback',
      );
      expect(fallbacks).toEqual([]);
    });
  });
}
