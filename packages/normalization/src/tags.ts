import type { Pairs } from '@culprit/protocol';
import { limited } from './field-rules.ts';
import { isObject } from './json-object.ts';
import type { Notes, Path } from './notes.ts';
import { scalarText } from './text.ts';

const MAX_TAG_CHARS = 200;
/** Tags of one event; SDKs send dozens. */
const MAX_TAGS = 500;
/** Names that fields of the event have. */
const RESERVED: ReadonlySet<string> = new Set(['release', 'dist', 'user', 'filename', 'function']);

const TAGS: Path = { parent: null, key: 'tags' };

type Pair = [string | null, string | null];

/** Tags as pairs, and the tag `environment`, which belongs to the event. */
export interface NormalizedTags {
  readonly pairs: Pair[];
  readonly environment: string | undefined;
}

/**
 * Tags from a map (sorted by key) or a list of pairs. The first of several with one key wins. An unusable key or value is null in
 * its pair.
 */
export function normalizeTags(value: unknown, notes: Notes): NormalizedTags {
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  let environment: string | undefined;
  const entries = tagEntries(value, notes);
  for (let i = 0; i < entries.length && pairs.length < MAX_TAGS; i++) {
    const entry = entries[i];
    if (entry === undefined) continue;
    const key = tagKey(entry[0], pairs.length, notes);
    if (key !== null && (RESERVED.has(key) || seen.has(key))) continue;
    const tag = tagValue(entry[1], pairs.length, notes);
    if (key === 'environment') environment ??= tag ?? undefined;
    else {
      if (key !== null) seen.add(key);
      pairs.push([key, tag]);
    }
  }
  return { pairs, environment };
}

/** Makes a tag of a field of the event, in place of one of the same name. */
export function setTag(pairs: Pair[], key: string, value: unknown, notes: Notes): void {
  if (value === undefined || value === '') return;
  const found = pairs.findIndex((pair) => pair[0] === key);
  const at = found < 0 ? pairs.length : found;
  const tag = tagValue(value, at, notes);
  if (tag !== null) pairs[at] = [key, tag];
}

export function asPairs(pairs: Pair[]): Pairs | undefined {
  return pairs.length === 0 ? undefined : pairs;
}

function tagEntries(value: unknown, notes: Notes): (readonly [unknown, unknown] | undefined)[] {
  if (value === null || value === undefined) return [];
  if (isObject(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]]);
  }
  if (!Array.isArray(value)) {
    notes.invalid(null, 'tags', 'expected tags', value);
    return [];
  }
  return value.map((item, i) => {
    if (Array.isArray(item) && item.length === 2) return [item[0], item[1]] as const;
    if (isObject(item) && 'key' in item) return [item.key, item.value] as const;
    if (item !== null) notes.invalid(TAGS, i, 'expected a tuple', item);
    return undefined;
  });
}

function tagKey(raw: unknown, index: number, notes: Notes): string | null {
  const text = scalarText(raw)?.slice(0, 4096).trim().replaceAll(' ', '-');
  const path: Path = { parent: TAGS, key: index };
  if (raw === null || raw === undefined) return null;
  if (text === undefined) {
    notes.invalid(path, 0, 'expected a primitive value', raw);
    return null;
  }
  if (text === '' || !/^[A-Za-z0-9_.:-]+$/.test(text)) {
    notes.invalid(path, 0, text === '' ? 'expected a non-empty value' : 'invalid characters in string', raw);
    return null;
  }
  return limited(text, MAX_TAG_CHARS, 0, notes, path, 0);
}

function tagValue(raw: unknown, index: number, notes: Notes): string | null {
  if (raw === null || raw === undefined) return null;
  const text = scalarText(raw)?.trim();
  const path: Path = { parent: TAGS, key: index };
  const fault =
    text === undefined
      ? 'expected a primitive value'
      : text === ''
        ? 'expected a non-empty value'
        : text.includes('\n')
          ? 'invalid character in tag value'
          : undefined;
  if (text !== undefined && fault === undefined) return limited(text, MAX_TAG_CHARS, 0, notes, path, 1);
  notes.invalid(path, 1, fault ?? '', raw);
  return null;
}
