import type { JsonObject } from '@culprit/protocol';
import { replaceNonFiniteNumbers } from '@culprit/protocol';
import { cleanJson, mayHoldBadCharacters } from './clean-json.ts';
import { isObject } from './json-object.ts';
import { mayHoldLargeIntegers, parseWithLargeIntegers } from './large-integers.ts';

export type DecodedPayload =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly reason: 'invalid_json' };

const decoder = new TextDecoder();

/**
 * Parses the JSON of an event. Bare `NaN` and `Infinity` (old Python SDKs) become null; NUL characters are removed and lone surrogates
 * replaced by U+FFFD, because neither PostgreSQL nor UTF-8 can hold them; integers beyond 2⁵³ become text. Anything but an object at the top is
 * refused.
 */
export function decodePayload(bytes: Uint8Array): DecodedPayload {
  const text = decoder.decode(bytes);
  const hasLarge = mayHoldLargeIntegers(bytes);
  const value = parsed(text, hasLarge) ?? parsed(replaceNonFiniteNumbers(text), hasLarge);
  if (!isObject(value)) return { ok: false, reason: 'invalid_json' };
  // Decoding UTF-8 lets no lone surrogate through and JSON no raw NUL: both can only come as escapes.
  return { ok: true, value: mayHoldBadCharacters(text) ? (cleanJson(value) as JsonObject) : value };
}

function parsed(text: string, hasLargeIntegers: boolean): unknown {
  if (hasLargeIntegers) {
    try {
      return parseWithLargeIntegers(text);
    } catch {
      // Perhaps only too deep for a reviver.
    }
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
