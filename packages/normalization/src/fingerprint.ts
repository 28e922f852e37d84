import type { Json } from '@culprit/protocol';
import type { Notes } from './notes.ts';

const MAX_PARTS = 500;

/** The sender's fingerprint as texts. What cannot be one is dropped with one note that lists it; undefined when nothing is left. */
export function normalizeFingerprint(value: unknown, notes: Notes): string[] | undefined {
  if (value === null || value === undefined) return undefined;
  if (!Array.isArray(value)) {
    notes.invalid(null, 'fingerprint', 'expected an array', value);
    return undefined;
  }
  const parts: string[] = [];
  const bad: Json[] = [];
  if (value.length > MAX_PARTS) notes.shortened(null, 'fingerprint', value.length);
  for (const item of value.slice(0, MAX_PARTS)) {
    const part = partOf(item);
    if (part !== undefined) parts.push(part);
    else if (item !== null && bad.length < 10) bad.push(item as Json);
  }
  if (bad.length > 0) {
    notes.note(null, 'fingerprint', 'invalid_data', { reason: 'expected a string' }, bad);
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
