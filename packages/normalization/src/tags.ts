import type { Pairs } from '@culprit/protocol';
import { isObject } from './json-object.ts';
import type { Notes, Path } from './notes.ts';
import { cutText, scalarText } from './text.ts';

const MAX_TAG_CHARS = 200;
/** Tags of one event; SDKs send dozens. */
const MAX_TAGS = 500;
/** Names that fields of the event have. */
const RESERVED: ReadonlySet<string> = new Set(['release', 'dist', 'user', 'filename', 'function']);

const TAGS: Path = { parent: null, key: 'tags' };

type Pair = [string, string | null];

/** Tags as pairs, and the tag `environment`, which belongs to the event. */
export interface NormalizedTags {
  readonly pairs: Pair[];
  readonly environment: string | undefined;
}

/** Tags from a map (sorted by key) or a list of pairs. The first of several with one key wins; a pair without a usable key is dropped. */
export function normalizeTags(value: unknown, notes: Notes): NormalizedTags {
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  let environment: string | undefined;
  const entries = tagEntries(value, notes);
  for (let i = 0; i < entries.length && pairs.length < MAX_TAGS; i++) {
    const entry = entries[i];
    if (entry === undefined) continue;
    const key = tagKey(entry[0], i, notes);
    if (key === undefined || RESERVED.has(key) || seen.has(key)) continue;
    const tag = tagValue(entry[1], i, notes);
    if (key === 'environment') environment ??= tag ?? undefined;
    else {
      seen.add(key);
      pairs.push([key, tag]);
    }
  }
  return { pairs, environment };
}

/** Sets a tag that comes from a field of the event, in place of one of the same name. */
export function setTag(pairs: Pair[], key: string, value: string): void {
  const at = pairs.findIndex(([name]) => name === key);
  if (at < 0) pairs.push([key, value]);
  else pairs[at] = [key, value];
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

function tagKey(raw: unknown, index: number, notes: Notes): string | undefined {
  const text = scalarText(raw)?.slice(0, 4096).trim().replaceAll(' ', '-');
  const path: Path = { parent: TAGS, key: index };
  if (text === undefined || text === '') {
    notes.invalid(path, 0, 'expected a non-empty value', raw);
    return undefined;
  }
  if (!/^[A-Za-z0-9_.:-]+$/.test(text)) {
    notes.invalid(path, 0, 'invalid characters in tag key', raw);
    return undefined;
  }
  if (text.length <= MAX_TAG_CHARS) return text;
  notes.cut(path, 0, MAX_TAG_CHARS, text.length);
  return cutText(text, MAX_TAG_CHARS);
}

function tagValue(raw: unknown, index: number, notes: Notes): string | null {
  if (raw === null || raw === undefined) return null;
  const text = scalarText(raw)?.trim();
  const path: Path = { parent: TAGS, key: index };
  if (text === undefined || text === '') {
    notes.invalid(
      path,
      1,
      text === undefined ? 'expected a primitive value' : 'expected a non-empty value',
      raw,
    );
    return null;
  }
  if (text.includes('\n')) {
    notes.invalid(path, 1, 'invalid character in tag value', raw);
    return null;
  }
  if (text.length <= MAX_TAG_CHARS) return text;
  notes.cut(path, 1, MAX_TAG_CHARS, text.length);
  return cutText(text, MAX_TAG_CHARS);
}
