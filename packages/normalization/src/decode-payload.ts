import type { JsonObject } from '@culprit/protocol';
import { replaceNonFiniteNumbers } from '@culprit/protocol';
import { isObject } from './json-object.ts';

export type DecodedPayload =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly reason: 'invalid_json' };

const decoder = new TextDecoder();

/**
 * Parses the JSON of an event. Bare `NaN` and `Infinity` (old Python SDKs) become null; NUL characters are removed and lone surrogates
 * replaced by U+FFFD, because neither PostgreSQL nor UTF-8 can hold them. Anything but an object at the top is refused.
 */
export function decodePayload(bytes: Uint8Array): DecodedPayload {
  const text = decoder.decode(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    try {
      value = JSON.parse(replaceNonFiniteNumbers(text));
    } catch {
      return { ok: false, reason: 'invalid_json' };
    }
  }
  if (!isObject(value)) return { ok: false, reason: 'invalid_json' };
  // Decoding UTF-8 lets no lone surrogate through and JSON no raw NUL: both can only come as escapes.
  return { ok: true, value: mayHoldBadCharacters(text) ? (cleaned(value) as JsonObject) : value };
}

function mayHoldBadCharacters(text: string): boolean {
  return text.includes('\\u0000') || text.includes('\\ud') || text.includes('\\uD');
}

/** The text without NUL and lone surrogates. */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed();
  return formed.includes('\u0000') ? formed.replaceAll('\u0000', '') : formed;
}

/** Cleans every text and key in place. A work list instead of recursion: nesting has no bound yet. */
function cleaned(root: unknown): unknown {
  const holder = [root];
  const work: unknown[] = [holder];
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    if (Array.isArray(next)) {
      for (let i = 0; i < next.length; i++) next[i] = cleanedValue(next[i], work);
    } else {
      cleanObject(next as Record<string, unknown>, work);
    }
  }
  return holder[0];
}

function cleanedValue(value: unknown, work: unknown[]): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'object' && value !== null) work.push(value);
  return value;
}

function cleanObject(object: Record<string, unknown>, work: unknown[]): void {
  for (const key of Object.keys(object)) {
    if (key === '__proto__') {
      delete object[key];
      continue;
    }
    const name = cleanText(key);
    const value = cleanedValue(object[key], work);
    if (name !== key) delete object[key];
    object[name] = value;
  }
}
