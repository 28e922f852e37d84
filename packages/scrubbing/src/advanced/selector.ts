/** A value of the event as selectors see it. */
export interface Place {
  /** Names and places in lists, from the event to the value; a pair's name stands for its place. */
  readonly keys: readonly (string | number)[];
  readonly type: 'string' | 'number' | 'array' | 'object';
  /** Only a selector that names where the value is can reach it: no `**`, no `$string`. */
  readonly isGuarded: boolean;
}

/** Tells whether a rule applies to a value. */
export type Selector = (place: Place) => boolean;

type Item = '*' | '**' | { readonly type: string } | { readonly key: string };

/** Longer selectors, and those that nest deeper, are refused. */
const MAX_CHARS = 1_000;
const MAX_DEPTH = 20;

/** Names of older configurations. */
const LEGACY: ReadonlyMap<string, string> = new Map([
  ['freeform', '$string'],
  ['email', '$string'],
  ['sensitive', '$string'],
  ['text', '$string'],
  ['databag', '$object'],
  ['container', '$object'],
]);

const JSON_TYPES: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'array', 'object']);
const TYPES: ReadonlySet<string> = new Set([
  ...JSON_TYPES,
  ...'event exception error stacktrace frame request http user logentry message thread breadcrumb sdk'.split(
    ' ',
  ),
]);

/**
 * Paths from the value upwards, as `extra.foo`, `$user.email`, `request.data.**`, `'a.b'.c`, with `&&`, `||`, `!` and brackets. Undefined for what cannot be read.
 */
export function parseSelector(text: string): Selector | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const source = LEGACY.get(text.trim()) ?? text;
  const tokens = source.match(TOKEN) ?? [];
  if (tokens.join('').length !== source.replaceAll(/\s/g, '').length && !source.includes("'"))
    return undefined;
  const reader = new Reader(tokens);
  const selector = reader.either(0);
  return reader.isAtEnd ? selector : undefined;
}

/** A path, an operator or a bracket. */
const TOKEN = /\|{1,2}|&{1,2}|!|\(|\)|(?:'(?:[^']|'')*'|[^\s|&!()'])+/g;

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(depth: number): Selector | undefined {
    return this.#joined(
      ['|', '||'],
      () => this.#both(depth),
      (selectors) => (place) => selectors.some((one) => one(place)),
    );
  }

  #both(depth: number): Selector | undefined {
    return this.#joined(
      ['&', '&&'],
      () => this.#not(depth),
      (selectors) => (place) => selectors.every((one) => one(place)),
    );
  }

  #joined(
    operators: readonly string[],
    read: () => Selector | undefined,
    join: (selectors: readonly Selector[]) => Selector,
  ): Selector | undefined {
    const selectors: Selector[] = [];
    do {
      const selector = read();
      if (selector === undefined) return undefined;
      selectors.push(selector);
    } while (this.#take(...operators));
    return selectors.length === 1 ? selectors[0] : join(selectors);
  }

  #not(depth: number): Selector | undefined {
    if (depth > MAX_DEPTH) return undefined;
    if (this.#take('!')) {
      const selector = this.#not(depth + 1);
      return selector && ((place) => !selector(place));
    }
    if (this.#take('(')) {
      const selector = this.either(depth + 1);
      return this.#take(')') ? selector : undefined;
    }
    const token = this.#tokens[this.#at];
    if (token === undefined || /^[|&!()]/.test(token)) return undefined;
    this.#at++;
    return pathSelector(token);
  }

  #take(...tokens: readonly string[]): boolean {
    const isNext = tokens.includes(this.#tokens[this.#at] ?? '');
    if (isNext) this.#at++;
    return isNext;
  }
}

function pathSelector(text: string): Selector | undefined {
  const items: Item[] = [];
  for (const part of text.match(/(?:'(?:[^']|'')*'|[^.'])+|\.(?=\.|$)|^\./g) ?? []) {
    const item = itemOf(part);
    if (item === undefined) return undefined;
    items.push(item);
  }
  const deep = items.filter((item) => item === '**').length;
  if (items.length === 0 || deep > 1 || (items.length === 1 && items[0] === '*')) return undefined;
  return (place) => endsIn(place, items);
}

function itemOf(part: string): Item | undefined {
  if (part === '*' || part === '**') return part;
  if (part.startsWith('.')) return undefined;
  if (part.startsWith('$')) return TYPES.has(part.slice(1)) ? { type: part.slice(1) } : undefined;
  const isQuoted = part.length > 1 && part.startsWith("'") && part.endsWith("'");
  return { key: (isQuoted ? part.slice(1, -1).replaceAll("''", "'") : part).toLowerCase() };
}

/** The items are followed from the value upwards; `**` is one step or more. */
function endsIn(place: Place, items: readonly Item[]): boolean {
  let reached = new Set([items.length]);
  for (let at = place.keys.length - 1; at >= 0 && reached.size > 0; at--) {
    const next = new Set<number>();
    for (const index of reached) {
      const item = items[index - 1];
      if (item === undefined) continue;
      if (item === '**') {
        if (!place.isGuarded) next.add(index).add(index - 1);
      } else if (takes(item, place, at, index === 1)) next.add(index - 1);
    }
    if (next.has(0)) return true;
    reached = next;
  }
  return false;
}

function takes(item: Exclude<Item, '**'>, place: Place, at: number, isFirst: boolean): boolean {
  if (item === '*') return true;
  const key = place.keys[at];
  if ('key' in item) return String(key).toLowerCase() === item.key;
  if (JSON_TYPES.has(item.type)) return !place.isGuarded && jsonTypeAt(place, at) === item.type;
  return (!place.isGuarded || isFirst) && isOfType(place.keys, at, item.type);
}

function jsonTypeAt(place: Place, at: number): string {
  if (at === place.keys.length - 1) return place.type;
  return typeof place.keys[at + 1] === 'number' ? 'array' : 'object';
}

/** Whether the container that is reached by the key at `at` is what the schema calls so. */
function isOfType(keys: readonly (string | number)[], at: number, type: string): boolean {
  const isEntryOf = (field: string): boolean => at === 2 && keys[0] === field && keys[1] === 'values';
  switch (type) {
    case 'user':
    case 'sdk':
    case 'logentry':
      return at === 0 && keys[0] === type;
    case 'message':
      return at === 0 && keys[0] === 'logentry';
    case 'request':
    case 'http':
      return at === 0 && keys[0] === 'request';
    case 'exception':
    case 'error':
      return isEntryOf('exception');
    case 'thread':
      return isEntryOf('threads');
    case 'breadcrumb':
      return isEntryOf('breadcrumbs');
    case 'stacktrace':
      return keys[at] === 'stacktrace' || keys[at] === 'raw_stacktrace';
    case 'frame':
      return typeof keys[at] === 'number' && keys[at - 1] === 'frames';
    default:
      return false;
  }
}
