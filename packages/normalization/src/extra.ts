import type { Json, JsonObject } from '@culprit/protocol';
import { type Budget, bound } from './bags.ts';
import { objectOrNote } from './field-rules.ts';
import { isStorableKey } from './json-object.ts';
import type { Notes, Path } from './notes.ts';

/** Bytes of all, and of each value. */
const MAX_BYTES = 262_144;
const MAX_VALUE_BYTES = 16_384;
/** Of a value: `extra` itself is the first of 7. */
const VALUE_DEPTH = 6;
const EXTRA: Path = { parent: null, key: 'extra' };

/** Foreign data; it has a budget for all and one for each value. */
export function normalizeExtra(value: unknown, notes: Notes): JsonObject | undefined {
  const raw = objectOrNote(value, notes, null, 'extra');
  if (raw === undefined) return undefined;
  const extra: { [key: string]: Json } = {};
  let left = MAX_BYTES;
  for (const key in raw) {
    if (left <= 0) {
      notes.shortened(null, 'extra', Object.keys(raw).length);
      break;
    }
    if (!isStorableKey(key) || key.length > left) continue;
    const given = Math.min(MAX_VALUE_BYTES, left);
    const budget: Budget = { left: given };
    extra[key] = bound(raw[key], budget, VALUE_DEPTH, notes, EXTRA, key);
    left -= given - budget.left + key.length + 4;
  }
  return Object.keys(extra).length === 0 ? undefined : extra;
}
