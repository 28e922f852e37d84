import { isDeepStrictEqual } from 'node:util';
import type { CaseFacts } from './fill.ts';

type Loose = Readonly<Record<string, unknown>>;

/**
 * What of `expected` does not hold for `actual`, each line with its path; empty when all of it does. Of an object only the fields that are named are looked at; a list has the same length; null
 * is absent; `*` as a text is anything. Objects with a `$` are named in `MATCHERS`.
 */
export function mismatches(expected: unknown, actual: unknown, facts: CaseFacts, path = ''): string[] {
  if (expected === '*') return [];
  if (expected === null) return isNothing(actual) ? [] : [line(path, 'nothing', actual)];
  if (Array.isArray(expected)) return listMismatches(expected, actual, facts, path);
  if (typeof expected !== 'object') {
    return isSame(expected, actual) ? [] : [line(path, expected, actual)];
  }
  const matcher = Object.keys(expected).find((key) => key.startsWith('$'));
  if (matcher !== undefined) return matcherMismatches(matcher, expected as Loose, actual, facts, path);
  if (typeof actual !== 'object' || actual === null) {
    // An object of which only absent fields are named may be absent itself.
    return Object.values(expected).every((value) => value === null) ? [] : [line(path, expected, actual)];
  }
  return Object.entries(expected).flatMap(([key, value]) =>
    mismatches(value, (actual as Loose)[key], facts, path === '' ? key : `${path}.${key}`),
  );
}

function listMismatches(expected: readonly unknown[], actual: unknown, facts: CaseFacts, path: string) {
  if (!Array.isArray(actual)) return [line(path, expected, actual)];
  if (actual.length !== expected.length) return [line(path, expected, actual)];
  return expected.flatMap((value, i) => mismatches(value, actual[i], facts, `${path}.${i}`));
}

type Matcher = (wanted: unknown, actual: unknown, facts: CaseFacts, all: Loose) => boolean;

const MATCHERS: Readonly<Record<string, Matcher>> = {
  $any: (_, actual) => !isNothing(actual),
  $now: (seconds, actual, { now }, { within }) =>
    typeof actual === 'number' && Math.abs(actual - now - Number(seconds)) <= Number(within ?? 0),
  $hex: (digits, actual) => new RegExp(`^[0-9a-f]{${Number(digits)}}$`).test(String(actual)),
  $in: (values, actual) => (values as readonly unknown[]).includes(actual),
  $startsWith: (start, actual) => String(actual).startsWith(String(start)),
  $matches: (pattern, actual) => typeof actual === 'string' && new RegExp(String(pattern)).test(actual),
  /** Neither in a text nor as a key of pairs; what is not there is without it. */
  $without: (part, actual) => isNothing(actual) || !JSON.stringify(actual).includes(String(part)),
  $lower: (text, actual) => String(actual).toLowerCase() === text,
  $shorterThan: (length, actual) => typeof actual === 'string' && actual.length < Number(length),
  $text: (_, actual) => typeof actual === 'string' && actual !== '',
  $project: (_, actual, { project }) => actual === project,
  /** The same pairs, in any order. */
  $pairs: (pairs, actual) => Array.isArray(actual) && isDeepStrictEqual(sorted(pairs), sorted(actual)),
  $hasPairs: (pairs, actual) =>
    Array.isArray(actual) &&
    (pairs as readonly unknown[]).every((pair) => actual.some((one) => isDeepStrictEqual(one, pair))),
  $has: (pair, actual) => Array.isArray(actual) && actual.some((one) => isDeepStrictEqual(one, pair)),
  /** The last entry; what stands before it may be null only. */
  $last: (entry, actual, facts) =>
    Array.isArray(actual) &&
    actual.slice(0, -1).every(isNothing) &&
    mismatches(entry, actual.at(-1), facts).length === 0,
  $length: (length, actual, facts, { first, last }) =>
    Array.isArray(actual) &&
    actual.length === length &&
    (first === undefined || mismatches(first, actual[0], facts).length === 0) &&
    (last === undefined || mismatches(last, actual.at(-1), facts).length === 0),
  /** A list of words separated by commas that has at least these. */
  $words: (words, actual) => {
    const had = new Set(
      String(actual)
        .split(',')
        .map((word) => word.trim().toLowerCase()),
    );
    return (words as readonly string[]).every((word) => had.has(word));
  },
  /** `X-Sentry-Rate-Limits` that limits these categories, for whole seconds of at most 300, and nothing wholesale. */
  $limits: (categories, actual) => {
    const groups = String(actual)
      .split(',')
      .map((group) => group.trim().split(':'));
    const limited = new Set(groups.flatMap(([, names]) => (names ?? '').split(';')));
    return (
      groups.every(([seconds, names]) => /^[0-9]{1,3}$/.test(seconds ?? '') && (names ?? '') !== '') &&
      (categories as readonly string[]).every((category) => limited.has(category)) &&
      !limited.has('error')
    );
  },
};

function matcherMismatches(name: string, expected: Loose, actual: unknown, facts: CaseFacts, path: string) {
  const matcher = MATCHERS[name];
  if (matcher === undefined) throw new Error(`a case compares by ${name}, which nobody knows`);
  return matcher(expected[name], actual, facts, expected) ? [] : [line(path, expected, actual)];
}

function isSame(expected: unknown, actual: unknown): boolean {
  // Times are microseconds at best, and doubles.
  if (typeof expected === 'number' && typeof actual === 'number') return Math.abs(expected - actual) < 0.001;
  return expected === actual;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function sorted(pairs: unknown): readonly string[] {
  return (pairs as readonly unknown[]).map((pair) => JSON.stringify(pair)).sort();
}

function line(path: string, expected: unknown, actual: unknown): string {
  return `${path === '' ? 'it' : path}: expected ${brief(expected)}, found ${brief(actual)}`;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text;
}
