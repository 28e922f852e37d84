import { jsonText } from './json-text.ts';
import type { Notes, Path } from './notes.ts';
import { cutToRoom } from './text.ts';

type Pair = [string | null, string | null];

/** How names and values of a kind of pairs are read. */
export interface PairRules {
  /** Estimate of bytes, for all of them. */
  readonly maxBytes: number;
  readonly nameOf?: (sent: string) => string;
  /** Undefined for what cannot be a value. */
  readonly valueOf: (value: unknown) => string | null | undefined;
}

/**
 * Pairs from a map, sorted by name, or a list of pairs in its order. A malformed pair becomes null, a name or a value that cannot be one becomes null in
 * its pair; all of them with a note.
 */
export function pairsOf(
  value: object,
  rules: PairRules,
  notes: Notes,
  path: Path,
  key: string,
): (Pair | null)[] {
  const entries = Array.isArray(value) ? value : sortedEntries(value, rules);
  const here: Path = { parent: path, key };
  return bounded(entries, (entry, i) => pairOf(entry, rules, notes, here, i), rules.maxBytes, notes, here);
}

/** Pairs as parsed from text, bounded like those that came as a list. */
export function boundPairs(
  pairs: readonly [string, string][],
  maxBytes: number,
  notes: Notes,
  path: Path,
  key: string,
): (Pair | null)[] {
  return bounded(pairs, (pair) => pair, maxBytes, notes, { parent: path, key });
}

/** Estimate of what a pair takes besides its texts. */
const PAIR_BYTES = 6;

/** As many pairs as fit, the last of them cut where it does not. */
function bounded<E>(
  entries: readonly E[],
  read: (entry: E, index: number) => Pair | null,
  maxBytes: number,
  notes: Notes,
  here: NonNullable<Path>,
): (Pair | null)[] {
  const kept: (Pair | null)[] = [];
  let left = maxBytes;
  for (let i = 0; i < entries.length; i++) {
    left -= PAIR_BYTES;
    if (left <= 0) {
      notes.shortened(here.parent, here.key, entries.length);
      break;
    }
    const pair = read(entries[i] as E, i);
    if (pair !== null) left = cutSides(pair, left, notes, { parent: here, key: i });
    kept.push(pair);
  }
  return kept;
}

/** Cuts name and value to what is left, and returns what is left then. */
function cutSides(pair: Pair, room: number, notes: Notes, path: Path): number {
  let left = room;
  for (const side of [0, 1] as const) {
    const text = pair[side];
    if (text === null) continue;
    if (text.length > left) {
      const end = Math.max(left, 3);
      notes.cut(path, side, end, text.length);
      pair[side] = cutToRoom(text, end);
    }
    left -= text.length;
  }
  return left;
}

function sortedEntries(map: object, { nameOf = String }: PairRules): [string, unknown][] {
  return Object.entries(map)
    .map(([name, value]): [string, unknown] => [nameOf(name), value])
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function pairOf(entry: unknown, rules: PairRules, notes: Notes, here: Path, index: number): Pair | null {
  if (!Array.isArray(entry) || entry.length !== 2) {
    if (entry !== null) notes.invalid(here, index, 'expected a tuple', entry);
    return null;
  }
  const [name, value] = entry as [unknown, unknown];
  const isNamed = typeof name === 'string';
  if (!isNamed && name !== null) notes.invalid({ parent: here, key: index }, 0, 'expected a string', name);
  const text = rules.valueOf(value);
  if (text === undefined) notes.invalid({ parent: here, key: index }, 1, 'expected a string', value);
  return [isNamed ? (rules.nameOf?.(name) ?? name) : null, text ?? null];
}

/** Text of a value in a pair: nested values as JSON. */
export function pairText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : jsonText(value, 2048);
}

/** `a=b&c` as pairs; a key without a value gets ''. At most 500. */
export function parseUrlEncoded(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  while (at < text.length && pairs.length < 500) {
    let end = text.indexOf('&', at);
    if (end < 0) end = text.length;
    if (end > at) {
      const equals = text.indexOf('=', at);
      const keyEnd = equals < 0 || equals > end ? end : equals;
      pairs.push([unescaped(text.slice(at, keyEnd)), unescaped(text.slice(Math.min(keyEnd + 1, end), end))]);
    }
    at = end + 1;
  }
  return pairs;
}

function unescaped(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    const decoded = decodeURIComponent(spaced);
    return decoded.includes('\u0000') ? decoded.replaceAll('\u0000', '') : decoded;
  } catch {
    return spaced;
  }
}

/** `a=b; c=d;` as pairs. At most 500. */
export function parseCookies(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  while (at < text.length && pairs.length < 500) {
    let end = text.indexOf(';', at);
    if (end < 0) end = text.length;
    const part = text.slice(at, end).trim();
    if (part !== '') {
      const equals = part.indexOf('=');
      pairs.push(equals < 0 ? [part, ''] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()]);
    }
    at = end + 1;
  }
  return pairs;
}
