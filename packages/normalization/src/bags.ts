import type { Json, JsonObject } from '@culprit/protocol';
import { isStorableKey } from './json-object.ts';
import { jsonText } from './json-text.ts';
import type { Notes, Path } from './notes.ts';
import { cutToRoom } from './text.ts';

/** Bytes left for the rest of a bag. Sizes are estimates of the JSON text, good enough to bound it. */
export interface Budget {
  left: number;
}

/**
 * Bounds a bag of foreign data to `maxBytes` and `maxDepth`; the bag itself is the first level. Too deep containers become their JSON text,
 * too long text is cut, surplus entries are dropped. What needs no change is returned as it is, not copied.
 */
export function boundBag(
  value: unknown,
  maxBytes: number,
  maxDepth: number,
  notes: Notes,
  path: Path,
  key: string | number,
): Json {
  return bound(value, { left: maxBytes }, maxDepth, notes, path, key);
}

/** As `boundBag`, taking from a budget that several values share. */
export function bound(
  value: unknown,
  budget: Budget,
  depth: number,
  notes: Notes,
  path: Path,
  key: string | number,
): Json {
  if (typeof value === 'string') return boundText(value, budget, notes, path, key);
  if (typeof value === 'number') {
    budget.left -= numberBytes(value);
    return finite(value, notes, path, key);
  }
  if (typeof value !== 'object' || value === null) {
    budget.left -= 4;
    return typeof value === 'boolean' ? value : null;
  }
  if (depth <= 1) return boundText(jsonText(value, Math.max(budget.left, 0)), budget, notes, path, key);
  const here: Path = { parent: path, key };
  return Array.isArray(value)
    ? boundList(value, budget, depth - 1, notes, here)
    : boundObject(value as JsonObject, budget, depth - 1, notes, here);
}

/** JSON has no infinity, but a number like 1e400 becomes one when it is parsed. */
function finite(value: number, notes: Notes, path: Path, key: string | number): number | null {
  if (Number.isFinite(value)) return value;
  notes.invalid(path, key, 'number out of range');
  return null;
}

function boundText(text: string, budget: Budget, notes: Notes, path: Path, key: string | number): string {
  const room = Math.max(budget.left, 3);
  budget.left -= text.length + 2;
  if (text.length <= room) return text;
  notes.cut(path, key, room, text.length);
  return cutToRoom(text, room);
}

function boundList(
  list: readonly unknown[],
  budget: Budget,
  depth: number,
  notes: Notes,
  here: NonNullable<Path>,
): readonly Json[] {
  let copy: Json[] | undefined;
  for (let i = 0; i < list.length; i++) {
    if (budget.left <= 0) {
      notes.shortened(here.parent, here.key, list.length);
      return copy ?? (list.slice(0, i) as Json[]);
    }
    const item = list[i];
    const bounded = bound(item, budget, depth, notes, here, i);
    budget.left -= 1;
    if (copy === undefined && bounded !== item) copy = list.slice(0, i) as Json[];
    copy?.push(bounded);
  }
  return copy ?? (list as readonly Json[]);
}

function boundObject(
  object: JsonObject,
  budget: Budget,
  depth: number,
  notes: Notes,
  here: NonNullable<Path>,
): JsonObject {
  let copy: Record<string, Json> | undefined;
  for (const key in object) {
    const value = object[key];
    const fits = budget.left > 0 && isStorableKey(key) && key.length <= budget.left;
    budget.left -= key.length + 4;
    const bounded = fits ? bound(value, budget, depth, notes, here, key) : undefined;
    if (copy === undefined && bounded !== value) copy = entriesBefore(object, key);
    if (copy !== undefined && bounded !== undefined) copy[key] = bounded;
    if (!fits && budget.left <= 0) {
      notes.shortened(here.parent, here.key, Object.keys(object).length);
      break;
    }
  }
  return copy ?? object;
}

function entriesBefore(object: JsonObject, end: string): Record<string, Json> {
  const copy: Record<string, Json> = {};
  for (const key in object) {
    if (key === end) break;
    copy[key] = object[key] ?? null;
  }
  return copy;
}

function numberBytes(value: number): number {
  if (!Number.isInteger(value)) return 12;
  const size = value < 0 ? -value : value;
  return (size < 10 ? 1 : size < 1e3 ? 3 : size < 1e6 ? 6 : size < 1e10 ? 10 : 17) + (value < 0 ? 1 : 0);
}
