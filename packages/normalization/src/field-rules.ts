import type { JsonObject } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import { isObject, type OpenDraft } from './json-object.ts';
import { jsonText } from './json-text.ts';
import type { Notes, Path } from './notes.ts';
import { charCount, cutText, scalarText } from './text.ts';

/** Turns the value of one field into what is stored; undefined leaves the field out. Never sees null. */
export type FieldRule = (value: unknown, notes: Notes, path: Path, key: string) => unknown;
export type FieldTable = ReadonlyMap<string, FieldRule>;

export function fieldTable(rules: { readonly [field: string]: FieldRule }): FieldTable {
  return new Map(Object.entries(rules));
}

/** Applies a table to an object. Fields that are not in the table go to `onUnknown`, or are dropped silently. */
export function applyFields(
  raw: { readonly [key: string]: unknown },
  table: FieldTable,
  notes: Notes,
  path: Path,
  onUnknown?: (key: string, value: unknown) => void,
): OpenDraft {
  const draft: OpenDraft = {};
  for (const key in raw) {
    const value = raw[key];
    if (value === null || value === undefined) continue;
    const rule = table.get(key);
    if (rule === undefined) {
      onUnknown?.(key, value);
      continue;
    }
    const stored = rule(value, notes, path, key);
    if (stored !== undefined) draft[key] = stored;
  }
  return draft;
}

/** The object; for anything else undefined, with a note unless it is null or absent. */
export function objectOrNote(
  value: unknown,
  notes: Notes,
  path: Path,
  key: string | number,
): JsonObject | undefined {
  if (isObject(value)) return value;
  if (value !== null && value !== undefined) notes.invalid(path, key, 'expected an object', value);
  return undefined;
}

/** As `objectOrNote`, for lists. */
export function listOrNote(
  value: unknown,
  notes: Notes,
  path: Path,
  key: string | number,
): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (value !== null && value !== undefined) notes.invalid(path, key, 'expected an array', value);
  return undefined;
}

/**
 * What `normalize` makes of each object of a list; what is no object, and what it makes nothing of, is left out. Notes point to the place in the result,
 * that of a lost entry to where it would stand.
 */
export function objectsOf<T>(
  list: readonly unknown[],
  notes: Notes,
  path: Path,
  normalize: (raw: JsonObject, at: NonNullable<Path>) => T | undefined,
): T[] {
  const kept: T[] = [];
  for (let i = 0; i < list.length; i++) {
    const raw = objectOrNote(list[i], notes, path, kept.length);
    const made = raw === undefined ? undefined : normalize(raw, { parent: path, key: kept.length });
    if (made !== undefined) kept.push(made);
  }
  return kept;
}

/** Text of at most `limit` characters; up to `allowance` more are let pass uncut. */
export function text(limit: number, allowance = 0): FieldRule {
  return (value, notes, path, key) => {
    if (typeof value !== 'string') {
      notes.invalid(path, key, 'expected a string', value);
      return undefined;
    }
    return limited(value, limit, allowance, notes, path, key);
  };
}

/** As `text`, but numbers and booleans become text. */
export function lenientText(limit: number, allowance = 0): FieldRule {
  return (value, notes, path, key) => {
    const scalar = scalarText(value);
    if (scalar === undefined) {
      notes.invalid(path, key, 'expected a string', value);
      return undefined;
    }
    return limited(scalar, limit, allowance, notes, path, key);
  };
}

/** As `text`, but anything else becomes its JSON text. */
export function jsonLenientText(limit: number, allowance = 0): FieldRule {
  return (value, notes, path, key) =>
    limited(
      typeof value === 'string' ? value : jsonText(value, limit + allowance + 1),
      limit,
      allowance,
      notes,
      path,
      key,
    );
}

/** Cuts text that is longer than `limit + allowance` to `limit` and notes it. */
export function limited(
  value: string,
  limit: number,
  allowance: number,
  notes: Notes,
  path: Path,
  key: string | number,
): string {
  if (value.length <= limit + allowance) return value;
  const length = charCount(value);
  if (length <= limit + allowance) return value;
  notes.cut(path, key, limit, length);
  return cutText(value, limit);
}

/** One of a few words. */
export function oneOf(...words: readonly string[]): FieldRule {
  const known: ReadonlySet<unknown> = new Set(words);
  return (value, notes, path, key) => {
    if (known.has(value)) return value;
    notes.invalid(path, key, `expected one of ${words.join(', ')}`, value);
    return undefined;
  };
}

export const bool: FieldRule = (value, notes, path, key) => {
  if (typeof value === 'boolean') return value;
  notes.invalid(path, key, 'expected a boolean', value);
  return undefined;
};

/** A whole number, also as decimal text: SDKs send both. */
export const lenientInteger: FieldRule = (value, notes, path, key) => {
  const number =
    typeof value === 'string' && value.length <= 20 && /^-?[0-9]+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) {
    const whole = Math.trunc(number);
    if (Number.isSafeInteger(whole)) return whole;
  }
  notes.invalid(path, key, 'expected an integer', value);
  return undefined;
};

/** A count, a line: not below zero. */
export const lenientCount: FieldRule = (value, notes, path, key) => {
  const whole = lenientInteger(value, notes, path, key);
  if (typeof whole !== 'number' || whole >= 0) return whole;
  notes.invalid(path, key, 'expected an unsigned integer', value);
  return undefined;
};

/** An object of foreign data, bounded. A list is refused. */
export function bag(maxBytes: number, maxDepth: number): FieldRule {
  return (value, notes, path, key) => {
    const object = objectOrNote(value, notes, path, key);
    return object && boundBag(object, maxBytes, maxDepth, notes, path, key);
  };
}

/** An object with fields of its own; undefined when nothing of it is left. */
export function record(fields: FieldTable): FieldRule {
  return (value, notes, path, key) => {
    const raw = objectOrNote(value, notes, path, key);
    const kept = raw && applyFields(raw, fields, notes, { parent: path, key });
    return kept && Object.keys(kept).length > 0 ? kept : undefined;
  };
}

/** Foreign data of any shape, bounded. */
export function anything(maxBytes: number, maxDepth: number): FieldRule {
  return (value, notes, path, key) => boundBag(value, maxBytes, maxDepth, notes, path, key);
}

/** A hexadecimal address: `0x…` text or a number, stored as text. */
export const address: FieldRule = (value, notes, path, key) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
    return `0x${value.toString(16)}`;
  if (typeof value === 'string' && value.length <= 40 && /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(value)) {
    return value.startsWith('0') ? value.toLowerCase() : `0x${BigInt(value).toString(16)}`;
  }
  notes.invalid(path, key, 'expected an address', value);
  return undefined;
};
