import type { JsonObject } from './event.ts';
import { type EventId, isNilEventId, parseEventId } from './ids.ts';
import { type Refusal, refuse } from './refusal.ts';

/** The first line of an envelope. Fields of a wrong type are left out; unknown ones are ignored. */
export interface EnvelopeHeader {
  /** Absent when the sender gave none or the nil id. */
  readonly event_id?: EventId;
  readonly dsn?: string;
  /** As sent; not checked. */
  readonly sent_at?: string;
  readonly sdk?: JsonObject;
  readonly trace?: JsonObject;
}

export interface ItemHeader {
  readonly type: string;
  /** Bytes. */
  readonly length?: number;
  readonly content_type?: string;
  readonly filename?: string;
  readonly attachment_type?: string;
  readonly platform?: string;
  /** Entries in a container item (logs, spans, metrics). */
  readonly item_count?: number;
  /** Of a security report that passed through another server: what its URL said. */
  readonly sentry_release?: string;
  readonly sentry_environment?: string;
}

export interface EnvelopeItem {
  readonly header: ItemHeader;
  /** A view on the parsed bytes, not a copy. */
  readonly payload: Uint8Array;
}

export interface Envelope {
  readonly header: EnvelopeHeader;
  readonly items: readonly EnvelopeItem[];
}

export type EnvelopeResult = { readonly ok: true; readonly envelope: Envelope } | Refusal;

export interface EnvelopeLimits {
  /** More items than this are refused with 413. */
  readonly maxItems: number;
  /** A longer header line is refused with 400: it is parsed in one go, and must not hold up others. */
  readonly maxHeaderBytes: number;
  /** When the header lines of all items are longer than this together, 400, too. */
  readonly maxItemHeadersBytes: number;
}

const DEFAULT_LIMITS: EnvelopeLimits = {
  maxItems: 1_000,
  maxHeaderBytes: 128 * 1024,
  maxItemHeadersBytes: 1024 * 1024,
};

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SENT_AT = Buffer.from('"sent_at"');
const MAX_LENGTH = 0xffffffff;
const textDecoder = new TextDecoder();

/** Reads the first line only, for who must know the sender before anything else. */
export function readEnvelopeHeader(
  bytes: Uint8Array,
  limits: EnvelopeLimits = DEFAULT_LIMITS,
): EnvelopeHeader | Refusal {
  return parseEnvelopeHeader(bytes, lineEnd(bytes, 0), limits);
}

/**
 * Splits an envelope into its items. Tolerant where senders are known to differ (no `length`, no final newline, blank lines between and
 * after items, `\r\n` after header lines, dashed and nil ids), strict where guessing would cut a payload. Never throws, copies no payload.
 */
export function parseEnvelope(bytes: Uint8Array, limits: EnvelopeLimits = DEFAULT_LIMITS): EnvelopeResult {
  if (bytes.length === 0) return refuse(400, 'empty body', 'no_data');
  const headerEnd = lineEnd(bytes, 0);
  const header = parseEnvelopeHeader(bytes, headerEnd, limits);
  if ('ok' in header) return header;
  const items: EnvelopeItem[] = [];
  let itemHeadersBytes = 0;
  let position = skipBlank(bytes, headerEnd + 1);
  while (position < bytes.length) {
    if (items.length >= limits.maxItems) return refuse(413, 'too many items in envelope', 'too_large');
    const itemHeaderEnd = lineEnd(bytes, position);
    itemHeadersBytes += itemHeaderEnd - position;
    if (itemHeadersBytes > limits.maxItemHeadersBytes) return malformed('item headers are too long');
    const itemHeader = parseItemHeader(bytes, position, itemHeaderEnd, limits);
    if ('ok' in itemHeader) return itemHeader;
    const start = Math.min(itemHeaderEnd + 1, bytes.length);
    const end = itemHeader.length === undefined ? lineEnd(bytes, start) : start + itemHeader.length;
    if (end > bytes.length) return malformed('item length is past the end of the envelope');
    if (end < bytes.length && bytes[end] !== LF) return malformed('missing newline after item payload');
    items.push({ header: itemHeader, payload: bytes.subarray(start, end) });
    position = skipBlank(bytes, end + 1);
  }
  return { ok: true, envelope: { header, items } };
}

function malformed(detail: string): Refusal {
  return refuse(400, detail, 'invalid_envelope');
}

/** Index of the next line feed, or the end. */
function lineEnd(bytes: Uint8Array, from: number): number {
  const index = bytes.indexOf(LF, from);
  return index === -1 ? bytes.length : index;
}

function skipBlank(bytes: Uint8Array, from: number): number {
  let position = from;
  for (; position < bytes.length; position++) {
    const byte = bytes[position];
    if (byte !== LF && byte !== CR && byte !== SPACE && byte !== TAB) break;
  }
  return position;
}

/** JSON.parse takes a `\r` at the end of the line for white space. */
function parseHeaderLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: EnvelopeLimits,
): JsonObject | undefined {
  if (end - start > limits.maxHeaderBytes) return undefined;
  try {
    const value: unknown = JSON.parse(textDecoder.decode(bytes.subarray(start, end)));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

function parseEnvelopeHeader(
  bytes: Uint8Array,
  end: number,
  limits: EnvelopeLimits,
): EnvelopeHeader | Refusal {
  const raw = parseHeaderLine(bytes, 0, end, limits);
  if (raw === undefined) return malformed('invalid envelope header');
  if (raw.sent_at !== undefined && hasKeyTwice(bytes.subarray(0, end), SENT_AT)) {
    return malformed('envelope header has sent_at twice');
  }
  const eventId = parseEventId(raw.event_id);
  if (eventId === undefined && raw.event_id != null && !isNilEventId(raw.event_id)) {
    return malformed('bad event id in envelope header');
  }
  return {
    ...(eventId === undefined ? {} : { event_id: eventId }),
    ...textField('dsn', raw.dsn),
    ...textField('sent_at', raw.sent_at),
    ...objectField('sdk', raw.sdk),
    ...objectField('trace', raw.trace),
  };
}

/**
 * Whether a key stands twice at the top of a JSON object, of which a parser sees only the last. The header is good JSON.
 *
 * @param key with its quotes.
 */
function hasKeyTwice(header: Uint8Array, key: Buffer): boolean {
  const bytes = Buffer.from(header.buffer, header.byteOffset, header.byteLength);
  const first = bytes.indexOf(key);
  if (bytes.indexOf(key, first + key.length) === -1) return false;
  let found = 0;
  let depth = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (byte === QUOTE) {
      const end = stringEnd(bytes, index + 1);
      if (depth === 1 && bytes.subarray(index, end).equals(key) && isKey(bytes, end)) found++;
      index = end - 1;
    }
  }
  return found > 1;
}

/** Index after the quote that ends a string. */
function stringEnd(bytes: Buffer, from: number): number {
  for (let index = from; index < bytes.length; index++) {
    if (bytes[index] === BACKSLASH) index++;
    else if (bytes[index] === QUOTE) return index + 1;
  }
  return bytes.length;
}

/** A string is a key when a colon follows. */
function isKey(bytes: Buffer, end: number): boolean {
  return bytes[skipBlank(bytes, end)] === 0x3a;
}

function parseItemHeader(
  bytes: Uint8Array,
  start: number,
  end: number,
  limits: EnvelopeLimits,
): ItemHeader | Refusal {
  const raw = parseHeaderLine(bytes, start, end, limits);
  if (raw === undefined) return malformed('invalid item header');
  const type = raw.type;
  if (typeof type !== 'string') return malformed('item header has no type');
  const length = raw.length;
  if (length != null && !isUnsigned(length)) return malformed('bad length in item header');
  return {
    type,
    ...(isUnsigned(length) ? { length } : {}),
    ...textField('content_type', raw.content_type),
    ...textField('filename', raw.filename),
    ...textField('attachment_type', raw.attachment_type),
    ...textField('platform', raw.platform),
    ...(isUnsigned(raw.item_count) ? { item_count: raw.item_count } : {}),
    ...(type === 'raw_security' ? reportFields(raw) : {}),
  };
}

function reportFields(raw: JsonObject): Partial<ItemHeader> {
  return {
    ...textField('sentry_release', raw.sentry_release),
    ...textField('sentry_environment', raw.sentry_environment),
  };
}

function isUnsigned(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_LENGTH;
}

function textField<K extends string>(name: K, value: unknown): { readonly [key in K]?: string } {
  return (typeof value === 'string' ? { [name]: value } : {}) as { readonly [key in K]?: string };
}

function objectField<K extends string>(name: K, value: unknown): { readonly [key in K]?: JsonObject } {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return (isObject ? { [name]: value } : {}) as { readonly [key in K]?: JsonObject };
}
