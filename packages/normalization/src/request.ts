import type { JsonObject, Pairs } from '@culprit/protocol';
import { boundBag } from './bags.ts';
import {
  anything,
  applyFields,
  bag,
  type FieldRule,
  fieldTable,
  lenientCount,
  limited,
  text,
} from './field-rules.ts';
import { isObject, type OpenDraft } from './json-object.ts';
import type { Notes, Path } from './notes.ts';
import { boundPairs, pairsOf, pairText, parseCookies, parseUrlEncoded } from './pairs.ts';
import { requestBody } from './request-body.ts';
import { scalarText } from './text.ts';

const REQUEST: Path = { parent: null, key: 'request' };

const method: FieldRule = (value, notes, path, key) => {
  const upper = typeof value === 'string' && value.length <= 32 ? value.toUpperCase() : '';
  if (/^[A-Z_-]{3,32}$/.test(upper)) return upper;
  notes.invalid(path, key, 'invalid http method', value);
  return undefined;
};

const queryString: FieldRule = (value, notes, path, key) => {
  if (typeof value === 'string') {
    const query = value.startsWith('?') ? value.slice(1) : value;
    return query === '' ? undefined : boundPairs(parseUrlEncoded(query), 1024, notes, path, key);
  }
  if (typeof value === 'object') return pairsOf(value, 1024, pairText, notes, path, key);
  notes.invalid(path, key, 'expected a query-string or map', value);
  return undefined;
};

const headers: FieldRule = (value, notes, path, key) => {
  if (typeof value !== 'object') {
    notes.invalid(path, key, 'expected headers', value);
    return undefined;
  }
  const pairs = pairsOf(value, 8192, headerText, notes, path, key);
  for (const pair of pairs) pair[0] = headerName(pair[0]);
  return isObject(value) ? pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)) : pairs;
};

const cookies: FieldRule = (value, notes, path, key) => {
  if (typeof value === 'string') return boundPairs(parseCookies(value), 2048, notes, path, key);
  if (typeof value === 'object') return pairsOf(value, 2048, cookieText, notes, path, key);
  notes.invalid(path, key, 'expected cookies', value);
  return undefined;
};

const REQUEST_FIELDS = fieldTable({
  // Cut only after query and fragment are split off.
  url: text(65_536),
  method,
  data: (value) => value,
  query_string: queryString,
  fragment: text(1024, 100),
  cookies,
  headers,
  env: bag(8192, 7),
  inferred_content_type: text(128),
  body_size: lenientCount,
  api_target: text(128),
  protocol: text(64),
  extra: anything(2048, 3),
});

/** The HTTP request: URL without query and fragment; query, headers and cookies as pairs; never a Cookie header. */
export function normalizeRequest(value: unknown, notes: Notes): JsonObject | undefined {
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) {
    notes.invalid(null, 'request', 'expected an object', value);
    return undefined;
  }
  const request = applyFields(value, REQUEST_FIELDS, notes, REQUEST);
  if (typeof request.url === 'string') splitUrl(request, request.url, notes);
  if (Array.isArray(request.headers)) takeCookieHeader(request, request.headers as Pairs, notes);
  setBody(request, notes);
  return Object.keys(request).length === 0 ? undefined : (request as JsonObject);
}

/** The value of a header of a normalized request; the name in its normal form, as `User-Agent`. */
export function headerOf(request: JsonObject | undefined, name: string): string | undefined {
  const pair = (request?.headers as Pairs | undefined)?.find(([key]) => key === name);
  return pair?.[1] ?? undefined;
}

function setBody(request: OpenDraft, notes: Notes): void {
  if (request.data === undefined) return;
  const body = requestBody(request.data, headerOf(request as JsonObject, 'Content-Type'));
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

/** The URL with its host in punycode. */
function asciiHost(url: string): string {
  const start = url.indexOf('://');
  if (start < 0) return url;
  const slash = url.indexOf('/', start + 3);
  const host = url.slice(start + 3, slash < 0 ? url.length : slash);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the class is "all of ASCII"
  if (host.length > 300 || /^[\x00-\x7f]*$/.test(host) || !URL.canParse(`https://${host}`)) return url;
  return `${url.slice(0, start + 3)}${new URL(`https://${host}`).host}${slash < 0 ? '' : url.slice(slash)}`;
}

function takeCookieHeader(request: OpenDraft, all: Pairs, notes: Notes): void {
  const cookie = all.find(([name]) => name === 'Cookie');
  if (cookie === undefined) return;
  if (cookie[1] && request.cookies === undefined) {
    request.cookies = boundPairs(parseCookies(cookie[1]), 2048, notes, REQUEST, 'cookies');
  }
  request.headers = all.filter(([name]) => name !== 'Cookie');
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
