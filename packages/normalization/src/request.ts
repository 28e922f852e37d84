import type { JsonObject, Pairs } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import {
  applyFields,
  bag,
  type FieldRule,
  fieldTable,
  lenientCount,
  limited,
  objectOrNote,
  text,
} from './field-rules.ts';
import { isObject, type OpenDraft } from './json-object.ts';
import type { Notes, Path } from './notes.ts';
import { boundPairs, type PairRules, pairsOf, pairText, parseCookies, parseUrlEncoded } from './pairs.ts';
import { requestBody } from './request-body.ts';
import { scalarText } from './text.ts';

const REQUEST: Path = { parent: null, key: 'request' };

const method: FieldRule = (value, notes, path, key) => {
  const upper = typeof value === 'string' && value.length <= 32 ? value.toUpperCase() : '';
  if (/^[A-Z_-]{3,32}$/.test(upper)) return upper;
  notes.invalid(path, key, 'invalid http method', value);
  return undefined;
};

/** Pairs from an object, or from text by `parse`. */
function pairs(
  rules: PairRules,
  expected: string,
  parse?: (text: string) => readonly [string, string][],
): FieldRule {
  return (value, notes, path, key) => {
    if (typeof value === 'object' && value !== null) return pairsOf(value, rules, notes, path, key);
    if (typeof value === 'string' && parse !== undefined) {
      return boundPairs(parse(value), rules.maxBytes, notes, path, key);
    }
    notes.invalid(path, key, `expected ${expected}`, value);
    return undefined;
  };
}

const QUERY: PairRules = { maxBytes: 1024, valueOf: pairText };
const HEADERS: PairRules = { maxBytes: 8192, nameOf: headerName, valueOf: headerText };
const COOKIES: PairRules = { maxBytes: 2048, valueOf: cookieText };

const REQUEST_FIELDS = fieldTable({
  // Cut only after query and fragment are split off.
  url: text(65_536),
  method,
  data: (value) => value,
  query_string: pairs(QUERY, 'a query-string or map', (query) =>
    parseUrlEncoded(query.startsWith('?') ? query.slice(1) : query),
  ),
  fragment: text(1024, 100),
  cookies: pairs(COOKIES, 'cookies', parseCookies),
  headers: pairs(HEADERS, 'headers'),
  env: bag(8192, 7),
  inferred_content_type: text(128),
  body_size: lenientCount,
  api_target: text(128),
  protocol: text(64),
});

/** The HTTP request: URL without query and fragment; query, headers and cookies as pairs; never a Cookie header. */
export function normalizeRequest(value: unknown, notes: Notes): JsonObject | undefined {
  const raw = objectOrNote(value, notes, null, 'request');
  if (raw === undefined) return undefined;
  const { headers, cookie } = withoutCookie(raw.headers);
  const request = applyFields({ ...raw, headers }, REQUEST_FIELDS, notes, REQUEST);
  if (typeof request.url === 'string') splitUrl(request, request.url, notes);
  if (cookie) {
    request.cookies ??= boundPairs(parseCookies(cookie), COOKIES.maxBytes, notes, REQUEST, 'cookies');
  }
  setBody(request, notes);
  if (Array.isArray(request.query_string) && request.query_string.length === 0) delete request.query_string;
  return Object.keys(request).length === 0 ? undefined : (request as JsonObject);
}

/** The value of a header of a normalized request; `name` in lower case. */
export function headerOf(request: JsonObject | undefined, name: string): string | undefined {
  const headers = request?.headers as Pairs | undefined;
  return headers?.find((pair) => isNamed(pair, name))?.[1] ?? undefined;
}

function isNamed(pair: Pairs[number], name: string): boolean {
  const sent = pair?.[0];
  return typeof sent === 'string' && sent.length === name.length && sent.toLowerCase() === name;
}

function setBody(request: OpenDraft, notes: Notes): void {
  if (request.data === undefined) return;
  const body = requestBody(request.data, headerOf(request as JsonObject, 'content-type'));
  if (body.contentType !== undefined) request.inferred_content_type ??= body.contentType;
  request.data = boundBag(body.data, 8192, 7, notes, REQUEST, 'data');
}

function splitUrl(request: OpenDraft, sent: string, notes: Notes): void {
  let url = sent.endsWith('…') ? `${sent.slice(0, -1)}...` : sent;
  const hash = url.indexOf('#');
  if (hash >= 0) {
    if (hash + 1 < url.length) {
      request.fragment ??= limited(url.slice(hash + 1), 1024, 100, notes, REQUEST, 'fragment');
    }
    url = url.slice(0, hash);
  }
  const question = url.indexOf('?');
  if (question >= 0) {
    const query = parseUrlEncoded(url.slice(question + 1));
    if (query.length > 0) request.query_string ??= boundPairs(query, 1024, notes, REQUEST, 'query_string');
    url = url.slice(0, question);
  }
  if (url === '') delete request.url;
  else request.url = limited(asciiHost(url), 256, 40, notes, REQUEST, 'url');
}

/** Longer is no host name. */
const MAX_HOST_CHARS = 300;

/** The URL with its host in punycode; user and port stay as they are. */
function asciiHost(url: string): string {
  const scheme = url.indexOf('://');
  if (scheme < 0) return url;
  const slash = url.indexOf('/', scheme + 3);
  const authorityEnd = slash < 0 ? url.length : slash;
  const at = url.lastIndexOf('@', authorityEnd);
  const start = at > scheme ? at + 1 : scheme + 3;
  const colon = url.indexOf(':', start);
  const end = colon < 0 ? authorityEnd : Math.min(colon, authorityEnd);
  const host = url.slice(start, Math.min(end, start + MAX_HOST_CHARS));
  if (end - start > MAX_HOST_CHARS || isAscii(host) || !URL.canParse(`https://${host}`)) return url;
  return url.slice(0, start) + new URL(`https://${host}`).hostname + url.slice(end);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** The headers as sent but for the cookies, which have a place and a bound of their own. */
function withoutCookie(headers: unknown): {
  readonly headers: unknown;
  readonly cookie?: string | undefined;
} {
  if (Array.isArray(headers)) {
    const cookie: unknown = headers.find(isCookie);
    if (!Array.isArray(cookie)) return { headers };
    return {
      headers: headers.filter((entry) => !isCookie(entry)),
      cookie: headerText(cookie[1]) ?? undefined,
    };
  }
  if (!isObject(headers)) return { headers };
  const cookie = Object.entries(headers).find(isCookie);
  if (cookie === undefined) return { headers };
  const rest = Object.entries(headers).filter((entry) => !isCookie(entry));
  return { headers: Object.fromEntries(rest), cookie: headerText(cookie[1]) ?? undefined };
}

function isCookie(entry: unknown): boolean {
  return Array.isArray(entry) && typeof entry[0] === 'string' && isNamed([entry[0], null], 'cookie');
}

function headerText(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.slice(0, 100).map(pairText).join(',');
  return scalarText(value);
}

function cookieText(value: unknown): string | null | undefined {
  return value === null || value === undefined ? null : typeof value === 'string' ? value : undefined;
}

/** `x-forwarded-for` → `X-Forwarded-For`; only first letters change. */
function headerName(name: string): string {
  let out = '';
  let start = true;
  for (let i = 0; i < name.length; i++) {
    const character = name.charAt(i);
    out += start ? character.toUpperCase() : character;
    start = character === '-';
  }
  return out;
}
