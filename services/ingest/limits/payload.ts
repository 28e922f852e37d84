import { replaceNonFiniteNumbers } from '@culprit/protocol';

const decoder = new TextDecoder();

/** An event's JSON as it was sent, read as the processor reads it; undefined for what is none. */
export function parsePayload(payload: Uint8Array): unknown {
  const text = decoder.decode(payload);
  try {
    return JSON.parse(text);
  } catch {
    // Python writes NaN and Infinity.
  }
  try {
    return JSON.parse(replaceNonFiniteNumbers(text));
  } catch {
    return undefined;
  }
}
