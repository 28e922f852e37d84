import type { Json, JsonObject } from '@culprit/protocol';

export interface FormField {
  readonly name: string;
  readonly value: string;
}

/** Deeper than any event: what lies below is taken as it is. */
const MAX_DEPTH = 10;

/**
 * What a form says about its event, laid over `base`: `sentry` holds JSON, `sentry__1`, `sentry__2`, … pieces of such, `sentry[a][b]` one
 * value of it. Every other field is `extra`. JSON that is none is left out: the dump counts.
 */
export function readFormFields(fields: readonly FormField[], base: JsonObject): JsonObject {
  let event: Json = base;
  const pieces: { readonly index: number; readonly value: string }[] = [];
  for (const { name, value } of fields) {
    const index = /^sentry__([0-9]{1,4})$/.exec(name)?.[1];
    const path = pathOf(name);
    if (index !== undefined) pieces.push({ index: Number(index), value });
    else if (name === 'sentry') event = mergeJson(event, parseObject(value));
    else if (path !== undefined) event = mergeJson(event, nest(path, value));
    else if (name !== '' && value !== '') event = mergeJson(event, nest(['extra', name], value));
  }
  if (pieces.length > 0) {
    pieces.sort((a, b) => a.index - b.index);
    event = mergeJson(event, parseObject(pieces.map(({ value }) => value).join('')));
  }
  return event as JsonObject;
}

/**
 * `over` laid over `base`, which is changed: objects key by key, everything else replaced. Takes time in proportion to `over` alone, because
 * a form may lay hundreds of fields over a large event. No key reaches a prototype.
 */
export function mergeJson(base: Json | undefined, over: Json, depth = MAX_DEPTH): Json {
  if (depth === 0 || !isObject(base) || !isObject(over)) return over;
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const known = Object.hasOwn(base, key) ? base[key] : undefined;
    put(base, key, mergeJson(known, value, depth - 1));
  }
  return base;
}

/** Assigning to `__proto__` would change the prototype. */
function put(object: JsonObject, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The keys of `sentry[a][b]`; undefined for another name. */
function pathOf(name: string): readonly string[] | undefined {
  if (!name.startsWith('sentry[') || !name.endsWith(']')) return undefined;
  const keys = name.slice('sentry['.length, -1).split('][');
  return keys.length <= MAX_DEPTH && keys.every((key) => key !== '') ? keys : undefined;
}

function nest(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, key) => {
    const outer: { [key: string]: Json } = Object.create(null);
    outer[key] = inner;
    return outer;
  }, value);
}

function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
