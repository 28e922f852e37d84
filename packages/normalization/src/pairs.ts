import type { Pairs } from '@culprit/protocol';
import { isObject } from './json-object.ts';
import { jsonText } from './json-text.ts';
import type { Notes, Path } from './notes.ts';

/**
 * Pairs from a map or a list of pairs, at most about `maxBytes` in all; `textOfValue` gives the text of a value, undefined when it cannot be one.
 * A malformed pair is dropped with a note.
 */
export function pairsOf(
  value: unknown,
  maxBytes: number,
  textOfValue: (value: unknown) => string | null | undefined,
  notes: Notes,
  path: Path,
  key: string,
): [string, string | null][] {
  const entries = isObject(value) ? Object.entries(value) : (value as readonly unknown[]);
  const here: Path = { parent: path, key };
  const pairs: [string, string | null][] = [];
  let left = maxBytes;
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (entry === null) continue;
    if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string') {
      notes.invalid(here, i, 'expected a tuple', entry);
      continue;
    }
    let text = textOfValue(entry[1]);
    if (text === undefined) {
      notes.invalid({ parent: here, key: i }, 1, 'expected a string', entry[1]);
      text = null;
    }
    left -= entry[0].length + (text?.length ?? 0) + 6;
    if (left < 0) {
      notes.shortened(path, key, entries.length);
      break;
    }
    pairs.push([entry[0], text]);
  }
  return pairs;
}

/** Pairs as parsed from text, bounded like those that came as a list. */
export function boundPairs(pairs: Pairs, maxBytes: number, notes: Notes, path: Path, key: string): Pairs {
  let left = maxBytes;
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];
    if (pair === undefined) continue;
    left -= pair[0].length + (pair[1]?.length ?? 0) + 6;
    if (left < 0) {
      notes.shortened(path, key, pairs.length);
      return pairs.slice(0, i);
    }
  }
  return pairs;
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
