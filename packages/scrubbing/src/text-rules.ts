import { isIpV6 } from './ip-text.ts';

/** Places of what a rule has found: start and end, ascending, not overlapping. */
export type Ranges = readonly (readonly [start: number, end: number])[];

/** Of a text in which a rule finds more, all is replaced: so many remarks would be longer than the text. */
export const MAX_FOUND = 100;

/** Finds the parts of a text that are to be replaced, at most `MAX_FOUND` and one more. Takes time in proportion to the text. */
export type TextRule = (text: string) => Ranges;

/** All matches of an expression, whose repetitions are all bounded. */
export function matchesOf(expression: RegExp): TextRule {
  return (text) => {
    const ranges: [number, number][] = [];
    for (const match of text.matchAll(expression)) {
      ranges.push([match.index, match.index + match[0].length]);
      if (ranges.length > MAX_FOUND) break;
    }
    return ranges;
  };
}

/** Amex has 15 digits; Visa, Mastercard and Discover have 16. Dashes and spaces between the digits are let pass. */
export const creditCards = matchesOf(
  /\b(?:3[47][0-9]|4[0-9]{3}|5[1-5][0-9]{2}|65[0-9]{2}|6011)(?:[-\s]?[0-9]){12}\b/g,
);

const IBAN_COUNTRIES =
  `AT AD AE AL AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE IL IQ IS IT JO KW KZ
  LB LC LI LT LU LV LY MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RU RS SA SC SE SI SK SM ST SV TL TN TR UA VA VG XK DZ AO BJ BF BI CV CM CF
  TD KM CG CI DJ GQ GA GW HN IR MG ML MA MZ NI NE SN TG`.split(/\s+/);

export const ibans = matchesOf(
  new RegExp(`\\b(?:${IBAN_COUNTRIES.join('|')})[0-9]{2}[a-zA-Z0-9]{11,29}\\b`, 'g'),
);

export const usSocialSecurityNumbers = matchesOf(/\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b/g);

const PEM_BEGIN = /-----BEGIN[A-Z ]{1,40}(PRIVATE|PUBLIC) KEY-----[\t ]{0,80}\r?\n?/y;
const PEM_END = /-----END[A-Z ]{1,40}(?:PRIVATE|PUBLIC) KEY-----/y;

/** The bodies of PEM keys. Of a private key whose end was cut off, all that is there. */
export const pemKeys: TextRule = (text) => {
  const ranges: [number, number][] = [];
  let end = -1;
  for (let at = text.indexOf('-----BEGIN'); at >= 0; at = text.indexOf('-----BEGIN', at)) {
    PEM_BEGIN.lastIndex = at;
    const begin = PEM_BEGIN.exec(text);
    if (begin === null) {
      at += 10;
      continue;
    }
    const start = at + begin[0].length;
    // An end that was found before is still the next one when it lies behind.
    if (end < start) end = nextPemEnd(text, start);
    const isCutOff = end === text.length;
    if (isCutOff && begin[1] !== 'PRIVATE') break;
    let stop = end;
    if (!isCutOff && text[stop - 1] === '\n') stop -= text[stop - 2] === '\r' ? 2 : 1;
    if (stop > start) ranges.push([start, stop]);
    if (ranges.length > MAX_FOUND) break;
    at = Math.max(end, start);
  }
  return ranges;
};

/** Place of the next end of a key; the length of the text when there is none. */
function nextPemEnd(text: string, from: number): number {
  for (let at = text.indexOf('-----END', from); at >= 0; at = text.indexOf('-----END', at + 8)) {
    PEM_END.lastIndex = at;
    if (PEM_END.test(text)) return at;
  }
  return text.length;
}

/** The password of `scheme://user:password@`. */
export const urlPasswords: TextRule = (text) => {
  const ranges: [number, number][] = [];
  // `//:x@` is the shortest, and holds one `@` only.
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 5)) {
    const start = backOver(text, at);
    if (start === at || text.charCodeAt(start - 1) !== COLON) continue;
    const user = backOver(text, start - 1);
    if (text.charCodeAt(user - 1) === SLASH && text.charCodeAt(user - 2) === SLASH) ranges.push([start, at]);
    if (ranges.length > MAX_FOUND) break;
  }
  return ranges;
};

const COLON = 58;
const SLASH = 47;

/** The beginning of the characters of a user's name or password that end here. An `@` is none of them, so that no place is passed twice. */
function backOver(text: string, end: number): number {
  let at = end;
  while (at > 0 && isUserInfo(text.charCodeAt(at - 1))) at--;
  return at;
}

const USER_INFO = new Uint8Array(128);
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%_.-~!$&*+=') {
  USER_INFO[char.charCodeAt(0)] = 1;
}

function isUserInfo(code: number): boolean {
  return code < 128 && USER_INFO[code] === 1;
}

const HOMES = /(?:\b(?:users|home|documents and settings)|[^/\\][/\\]profiles)[/\\]/gi;

/** The user's name in the path of a home folder: `/home/jane`, `/Users/jane`, `C:\Users\jane`. */
export const homeFolders: TextRule = (text) => {
  const ranges: [number, number][] = [];
  let end = 0;
  for (const match of text.matchAll(HOMES)) {
    const start = match.index + match[0].length;
    if (start < end) continue;
    end = start;
    while (end < text.length && !isPathEnd(text.charCodeAt(end))) end++;
    if (end > start) ranges.push([start, end]);
    if (ranges.length > MAX_FOUND) break;
  }
  return ranges;
};

function isPathEnd(code: number): boolean {
  return code === SLASH || code === 92 || code === 13 || code === 10 || code === 0;
}

const OCTET = '(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)';
const ADDRESSES = new RegExp(`\\b${OCTET}(?:\\.${OCTET}){3}\\b|[0-9a-fA-F:.]{3,}`, 'g');

/** Addresses of both kinds, standing by themselves. */
export const ipAddresses: TextRule = (text) => {
  const ranges: (readonly [number, number])[] = [];
  for (const { 0: found, index: start } of text.matchAll(ADDRESSES)) {
    const colon = found.indexOf(':');
    if (colon >= 0 && found.includes(':', colon + 1)) {
      if (
        isWordCharacter(text.charCodeAt(start - 1)) ||
        isWordCharacter(text.charCodeAt(start + found.length))
      )
        continue;
      const address = found.endsWith('.') || /[^:]:$/.test(found) ? found.slice(0, -1) : found;
      if (isIpV6(address)) {
        ranges.push([start, start + address.length]);
        continue;
      }
    }
    if (!found.includes('.')) continue;
    for (const [from, to] of ipV4(found)) ranges.push([start + from, start + to]);
    if (ranges.length > MAX_FOUND) break;
  }
  return ranges;
};

const ipV4 = matchesOf(new RegExp(`\\b${OCTET}(?:\\.${OCTET}){3}\\b`, 'g'));

function isWordCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code >= 48 && code <= 57)
  );
}

const EMAIL_LOCAL = new Uint8Array(128);
for (const char of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-") {
  EMAIL_LOCAL[char.charCodeAt(0)] = 1;
}
const DOMAIN = /[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63}){1,8}/y;

/** A text with more `@` is no message; what comes after them goes as a whole. */
const MAX_TRIED = 10_000;

/** Mail addresses, all or those whose domain is asked for. */
export function emails(isWanted: (domain: string) => boolean = () => true): TextRule {
  return (text) => {
    const ranges: [number, number][] = [];
    let last = 0;
    let tried = 0;
    for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 2)) {
      if (++tried > MAX_TRIED) {
        ranges.push([Math.max(last, at), text.length]);
        break;
      }
      let start = at;
      while (start > last && isLocalPart(text.charCodeAt(start - 1))) start--;
      DOMAIN.lastIndex = at + 1;
      const domain = start === at ? undefined : DOMAIN.exec(text)?.[0];
      if (domain === undefined || !/\.[a-zA-Z]{2,63}$/.test(domain)) continue;
      if (!isWanted(domain.toLowerCase())) continue;
      last = at + 1 + domain.length;
      ranges.push([start, last]);
      if (ranges.length > MAX_FOUND) break;
    }
    return ranges;
  };
}

function isLocalPart(code: number): boolean {
  return code < 128 && EMAIL_LOCAL[code] === 1;
}

/** `Bearer` and its token. */
export const bearerTokens: TextRule = (text) => {
  const ranges: [number, number][] = [];
  for (const match of text.matchAll(/\bbearer\s{1,50}/gi)) {
    const start = match.index;
    let end = start + match[0].length;
    if (start < (ranges.at(-1)?.[1] ?? 0)) continue;
    const tokenStart = end;
    while (end < text.length && text.charCodeAt(end) > 32) end++;
    if (end > tokenStart && text.slice(tokenStart, end) !== '[token]') ranges.push([start, end]);
    if (ranges.length > MAX_FOUND) break;
  }
  return ranges;
};

export const macAddresses = matchesOf(/\b(?:[0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}\b/g);
export const uuids = matchesOf(/\b[a-z0-9]{8}-?[a-z0-9]{4}-?[a-z0-9]{4}-?[a-z0-9]{4}-?[a-z0-9]{12}\b/gi);
export const imeis = matchesOf(/\b[0-9]{2}-?[0-9]{6}-?[0-9]{6}-?[0-9]{1,2}\b/g);
