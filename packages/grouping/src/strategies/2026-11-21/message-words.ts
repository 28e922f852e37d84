import { isRandom } from './versions.ts';

/** Anchored patterns over one word, each linear: no part of one can match what its neighbour matches. */
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const URL = /^[a-zA-Z][a-zA-Z0-9+]{1,9}:\/\//;
const NUMBER = /^[-+]?[0-9]+(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?$/;
const GROUPED = /^[0-9]+(?:[:.\-/_][0-9]+)+$/;
const HEX = /^(?:0[xX][0-9a-fA-F]+|[0-9a-fA-F]{4,128})$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt][0-9:.,]{4,18}(?:[Zz]|[+-][0-9:]{2,5})?)?$/;
const IPV4 = /^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?::[0-9]{1,5}|\/[0-9]{1,2})?$/;
const IPV6 = /^[0-9a-fA-F:.]{2,45}(?:%[0-9a-zA-Z]{1,16})?(?:\/[0-9]{1,3})?$/;
const MEASURE = /^[-+]?[0-9]+(?:[.][0-9]+)?(?:[a-zA-Zµ%]{1,3}|bytes|secs|mins|hours|days)$/;
const MAX_WORD = 300;

/** What a word of a message becomes: the kind of varying thing that it is, or itself. Compounds such as `user-42` keep their letters. */
export function replacementOfWord(word: string): string {
  if (isUrl(word)) return '<url>';
  if (isPath(word)) return '<path>';
  if (isEmail(word)) return '<email>';
  if (!hasDigit(word)) return isUnnumberedHex(word) || isShortIpv6(word) ? '<hex>' : word;
  if (word.length > MAX_WORD) return '<id>';
  if (UUID.test(word)) return '<uuid>';
  if (NUMBER.test(word)) return '<number>';
  if (IPV4.test(word)) return '<ip>';
  if (DATE.test(word)) return '<date>';
  if (GROUPED.test(word)) return '<number>';
  if (HEX.test(word)) return '<hex>';
  if (word.includes(':') && IPV6.test(word) && word.indexOf(':') !== word.lastIndexOf(':')) return '<ip>';
  if (MEASURE.test(word)) return '<number>';
  return bySegments(word);
}

/** Whether the word begins with a scheme and `://`. */
export function isUrl(word: string): boolean {
  return URL.test(word);
}

/** Whether the word is a path of files: two slashes or backslashes, or one at its start with something behind it. */
export function isPath(word: string): boolean {
  const first = word.charCodeAt(0);
  if (first === 0x2f || first === 0x5c) return word.length > 2;
  if (first === 0x7e) return word.charCodeAt(1) === 0x2f;
  const second = word.charCodeAt(1);
  const third = word.charCodeAt(2);
  return second === 0x3a && (third === 0x5c || third === 0x2f) && word.length > 3;
}

function isEmail(word: string): boolean {
  const at = word.indexOf('@');
  return at > 0 && at === word.lastIndexOf('@') && word.indexOf('.', at + 2) > 0;
}

function hasDigit(word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code >= 0x30 && code <= 0x39) return true;
  }
  return false;
}

/** Hex without any digit is a word (`facade`, `deadbeef`) unless it is as long as a hash. */
function isUnnumberedHex(word: string): boolean {
  return word.length >= 32 && /^[0-9a-fA-F]{32,128}$/.test(word);
}

function isShortIpv6(word: string): boolean {
  return word.length >= 4 && word.includes('::') && /^[a-fA-F:]{4,45}$/.test(word);
}

/** Replaces the segments of a compound that hold varying things: `order-8731` → `order-<number>`, `run_3f9a2b7c` → `run_<hex>`. */
function bySegments(word: string): string {
  let out = '';
  let start = 0;
  for (let i = 0; i <= word.length; i++) {
    if (i < word.length && !isJoint(word.charCodeAt(i))) continue;
    out += segment(word.slice(start, i)) + word.charAt(i);
    start = i + 1;
  }
  return out;
}

function isJoint(code: number): boolean {
  // # & - . / : ? @ \ _ ~ +
  return (
    code === 0x23 ||
    code === 0x26 ||
    (code >= 0x2b && code <= 0x2f) ||
    code === 0x3a ||
    code === 0x3f ||
    code === 0x40 ||
    code === 0x5c ||
    code === 0x5f ||
    code === 0x7e
  );
}

function segment(text: string): string {
  if (!hasDigit(text)) return text;
  if (NUMBER.test(text)) return '<number>';
  if (HEX.test(text)) return '<hex>';
  if (MEASURE.test(text)) return '<number>';
  if (text.length >= 16 || isRandom(text)) return '<id>';
  return withoutDigitRuns(text);
}

/** `worker12` → `worker<number>`: the letters stay. Names such as `utf8` and `sha256` become one with their siblings, which is no loss. */
function withoutDigitRuns(text: string): string {
  return text.replace(/[0-9]+/g, '<number>');
}
