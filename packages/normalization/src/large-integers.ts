/** 2⁵³ has 16 digits: from here on a double may not be the number that was sent. */
const SHORTEST = 16;

/**
 * Whether JSON text has 16 digits in a row, and so perhaps an integer that a double cannot hold. Looks at every 16th character only: a run that long
 * cannot pass between two of them.
 */
export function mayHoldLargeIntegers(json: string): boolean {
  for (let i = SHORTEST - 1; i < json.length; i += SHORTEST) {
    if (isDigit(json, i) && runAround(json, i) >= SHORTEST) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

/** Digits in a row around a place, counted to 16 at most on each side. */
function runAround(text: string, at: number): number {
  let count = 1;
  for (let i = at - 1; i > at - SHORTEST && isDigit(text, i); i--) count++;
  for (let i = at + 1; i < at + SHORTEST && isDigit(text, i); i++) count++;
  return count;
}

/**
 * Parses JSON, keeping integers that a double cannot hold as their text: ids of Java, Go and Python programs have up to 64 bits, and people search for
 * the digits that they sent. @throws SyntaxError, and RangeError for nesting that the reviver cannot follow.
 */
export function parseWithLargeIntegers(json: string): unknown {
  return JSON.parse(json, keepDigits as (key: string, value: unknown) => unknown);
}

function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const { source } = context;
  return source !== undefined && /^-?[0-9]{16,100}$/.test(source) ? source : value;
}
