import type { Json } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import { listOrNote } from './field-rules.ts';
import { Notes } from './notes.ts';

const MAX_PARTS = 500;

/** The sender's fingerprint as texts. What cannot be one is dropped with one note that lists it; undefined when nothing is left. */
export function normalizeFingerprint(value: unknown, notes: Notes): string[] | undefined {
  const list = listOrNote(value, notes, null, 'fingerprint');
  if (list === undefined) return undefined;
  const parts: string[] = [];
  const bad: Json[] = [];
  if (list.length > MAX_PARTS) notes.shortened(null, 'fingerprint', list.length);
  for (const item of list.slice(0, MAX_PARTS)) {
    const part = partOf(item);
    if (part !== undefined) parts.push(part);
    else if (item !== null && bad.length < 10) bad.push(item as Json);
  }
  if (bad.length > 0) {
    const listed = boundBag(bad, 500, 3, new Notes(), null, 'fingerprint');
    notes.note(null, 'fingerprint', 'invalid_data', { reason: 'expected a string', value: listed });
  }
  return parts.length === 0 ? undefined : parts;
}

function partOf(item: unknown): string | undefined {
  if (typeof item === 'string') return item;
  if (typeof item === 'boolean') return item ? 'True' : 'False';
  if (typeof item !== 'number' || !Number.isFinite(item)) return undefined;
  const whole = Math.trunc(item);
  return Number.isInteger(item) || Number.isSafeInteger(whole) ? BigInt(whole).toString() : undefined;
}
