import { keysOf, type Path } from './path.ts';

/** Tells whether a field is one that the project wants left alone. */
export type SafeFields = (path: Path, key: string | number) => boolean;

type Segment = '**' | ((key: string) => boolean);

/** More entries are ignored. */
const MAX_ENTRIES = 500;

/** Types that may begin an entry, and where their fields are. */
const TYPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['$user', ['user']],
  ['$request', ['request']],
  ['$http', ['request']],
  ['$logentry', ['logentry']],
  ['$message', ['logentry']],
  ['$error', ['exception', 'values', '*']],
  ['$exception', ['exception', 'values', '*']],
  ['$breadcrumb', ['breadcrumbs', 'values', '*']],
  ['$frame', ['frames', '*']],
  ['$sdk', ['sdk']],
]);

/**
 * A test of fields by name: `name` is the field itself, wherever it is, but what is within it keeps its own rules; `name.**` is all within, `a.name` a
 * field in another; a `*` in a name stands for any characters. Upper and lower case are the same. Undefined when there is no entry.
 */
export function compileSafeFields(entries: readonly string[]): SafeFields | undefined {
  const patterns = entries
    .map((entry) => entry.trim())
    .filter(Boolean)
    .slice(0, MAX_ENTRIES)
    .map(parseEntry);
  if (patterns.length === 0) return undefined;
  return (path, key) => {
    const keys = keysOf(path, key).map((name) => String(name).toLowerCase());
    return patterns.some((pattern) => endsIn(keys, pattern));
  };
}

function parseEntry(entry: string): readonly Segment[] {
  const names = splitPath(entry);
  const of = TYPES.get(names[0]?.toLowerCase() ?? '');
  return (of === undefined ? names : [...of, ...names.slice(1)]).map(segmentOf);
}

/** Names between dots; within quotes a dot is part of the name. */
function splitPath(entry: string): readonly string[] {
  const names: string[] = [];
  let name = '';
  let isQuoted = false;
  for (let at = 0; at < entry.length; at++) {
    const char = entry[at];
    if (char === "'" && (isQuoted || name === '')) isQuoted = !isQuoted;
    else if (char === '.' && !isQuoted) {
      names.push(name);
      name = '';
    } else name += char;
  }
  return [...names, name];
}

function segmentOf(name: string): Segment {
  if (name === '**') return '**';
  const lower = name.toLowerCase();
  if (!lower.includes('*')) return (key) => key === lower;
  const parts = lower.split(/\*+/);
  const first = parts.shift() ?? '';
  const last = parts.pop() ?? '';
  return (key) => {
    if (key.length < first.length + last.length || !key.startsWith(first) || !key.endsWith(last))
      return false;
    let at = first.length;
    for (const part of parts) {
      const found = key.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= key.length - last.length;
  };
}

/** Whether the last keys are as the pattern says: keys and pattern are followed together, `**` being one key or more. */
function endsIn(keys: readonly string[], pattern: readonly Segment[]): boolean {
  // Places in the pattern, from its end, that the keys so far can have come to.
  let places = new Set([pattern.length]);
  for (let at = keys.length - 1; at >= 0 && places.size > 0; at--) {
    const key = keys[at] ?? '';
    const next = new Set<number>();
    for (const place of places) {
      const segment = pattern[place - 1];
      if (segment === '**') next.add(place).add(place - 1);
      else if (segment?.(key)) next.add(place - 1);
    }
    if (next.has(0)) return true;
    places = next;
  }
  return false;
}
