import type { JsonObject } from '@culprit/protocol';

/** The object with another value in a field; the same object when the value is the same. */
export function changed(object: JsonObject, key: string, value: unknown): JsonObject {
  return object[key] === value ? object : { ...object, [key]: value as JsonObject[string] };
}

/** The list with what `change` makes of its entries; the same list when nothing changes. */
export function mapped<T>(list: readonly T[], change: (entry: T, i: number) => T): readonly T[] {
  let copy: T[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const entry = list[i] as T;
    const result = change(entry, i);
    if (result === entry) continue;
    copy ??= [...list];
    copy[i] = result;
  }
  return copy ?? list;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
