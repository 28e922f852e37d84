import { isDeepStrictEqual } from 'node:util';
import type { Untouched } from './mutate-event.ts';

/** Where the stored event differs from what was sent in a place that no mutation touched. */
export function untouchedMismatches(sent: Untouched, stored: Readonly<Record<string, unknown>>): string[] {
  const user = (stored.user ?? {}) as Readonly<Record<string, unknown>>;
  const tags = Array.isArray(stored.tags) ? stored.tags : [];
  const pairs = sent.tags.map(([name]) => tags.find((tag) => Array.isArray(tag) && tag[0] === name));
  const compared: readonly (readonly [string, unknown, unknown])[] = [
    ['extra', sent.extra, stored.extra],
    ['release', sent.release, stored.release],
    ['tags', sent.tags, pairs],
    ...Object.entries(sent.user).map(([name, value]) => [`user.${name}`, value, user[name]] as const),
  ];
  return compared
    .filter(([, expected, actual]) => !isDeepStrictEqual(expected, actual))
    .map(
      ([name, expected, actual]) =>
        `${name}: sent ${JSON.stringify(expected)}, stored ${JSON.stringify(actual)}`,
    );
}
