/** 2⁵³ has 16 digits: from here on a double may not be the number that was sent. */
const SHORTEST = 16;
/** More digits are no id. */
const LONGEST = 100;

/**
 * Whether JSON may hold an integer that a double cannot: 16 digits in a row with something around them that can stand around a number. Looks at every
 * 16th byte only: a run that long cannot pass between two of them. Text that only looks like it, as `"1, 1234567890123456, 2"`, is found too.
 */
export function mayHoldLargeIntegers(json: Uint8Array): boolean {
  for (let i = SHORTEST - 1; i < json.length; i += SHORTEST) {
    const byte = json[i] ?? 0;
    if (byte >= ZERO && byte <= NINE && isLargeAt(json, i)) return true;
  }
  return false;
}

const ZERO = 0x30;
const NINE = 0x39;
/** What may stand before and after a number; of white space only the blank and the new line. */
const BEFORE = tableOf(':,[- \n');
const AFTER = tableOf(',]} \n\r');

/** 1 for each byte of the text. */
function tableOf(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(text)) table[byte] = 1;
  return table;
}

function isLargeAt(json: Uint8Array, at: number): boolean {
  let start = at;
  while (start > at - LONGEST && isDigit(json[start - 1])) start--;
  if (BEFORE[json[start - 1] ?? 0] !== 1) return false;
  let end = at + 1;
  while (end < at + LONGEST && isDigit(json[end])) end++;
  return end - start >= SHORTEST && AFTER[json[end] ?? 0] === 1;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
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
