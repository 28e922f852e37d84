import type { JsonObject } from '@culprit/protocol';

/** What is being built; handed out as a readonly type when it is done. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };
export type OpenDraft = { [key: string]: unknown };

/** Neither a list nor null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `__proto__` as a key would change the object instead of being stored. */
export function isStorableKey(key: string): boolean {
  return key !== '__proto__';
}

/** `{values: [...]}`, a bare list or a single object: SDKs send all three (Relay accepts them for exceptions, threads, breadcrumbs). */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  if (!('values' in value)) return [value];
  if (Array.isArray(value.values)) return value.values;
  return value.values === null ? [] : isObject(value.values) ? [value.values] : undefined;
}
