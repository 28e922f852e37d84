import type { Encoding } from './content-encoding.ts';
import type { EventId, ProjectId } from './ids.ts';
import type { Outcome } from './outcome.ts';

/** What every record says of itself. */
interface RecordHead {
  readonly project_id: ProjectId;
  /** Id of the record: an event's own, else 32 hex digits that ingest makes. A duplicate is one with the same (project_id, id). */
  readonly id: EventId;
  /** Unix milliseconds, set by ingest. */
  readonly received: number;
}

/** A record of something that a client sent: who sent it, and where its payload is. */
interface SentRecordHead extends RecordHead {
  readonly key_id: number;
  /** Envelope header `sent_at`, as sent. */
  readonly sent_at?: string;
  /** Address of the client after trusted proxies. */
  readonly client_ip?: string;
  readonly user_agent?: string;
  /** `name/version`, from the auth. */
  readonly sdk_client?: string;
  /** The payload is not in the record but in the file store under this key (records over 512 KiB). */
  readonly payload_file?: string;
}

/**
 * What ingest appends to the event log and the processor consumes.
 *
 * Bytes: `version u8 | header length u32 LE | header JSON (UTF-8) | payload bytes`. The header's `kind` tells what
 * the payload is. A reader keeps unknown header fields and refuses only an unknown version. Version 2 is version 1 with a
 * compressed body for payload, of which `payload_part` tells the event's place.
 */
export interface EventRecordHeader extends SentRecordHead {
  readonly kind: 'event';
  /**
   * What the payload is: `event` for error and default events (also of the legacy store route) and `feedback` are event JSON as sent;
   * `security` is a security report as the browser sent it; of `minidump` the payload is event JSON that ingest made, the dump an attachment.
   */
  readonly item_type: string;
  /** What the browser says about itself in `sec-ch-ua` headers. */
  readonly client_hints?: ClientHints;
  readonly origin?: string;
  /** What the request said about a security report; only for `security`. */
  readonly report?: SecurityReportFacts;
  /** The payload is a whole request body as it was sent, and the event one part of it. */
  readonly payload_part?: PayloadPart;
  /** Attachments of the same envelope, already durable in the file store. */
  readonly attachments?: readonly AttachmentReference[];
  /** How many events this one stands for, of an event that was kept though a quota is spent; absent: 1. */
  readonly kept_weight?: number;
}

/** Request headers that are client hints, by their lower-case names, as sent. */
export const CLIENT_HINT_HEADERS = [
  'sec-ch-ua',
  'sec-ch-ua-model',
  'sec-ch-ua-platform',
  'sec-ch-ua-platform-version',
] as const;
export type ClientHints = { readonly [name in (typeof CLIENT_HINT_HEADERS)[number]]?: string };

/** A report has no room for them itself: type of the body, and what the report's URL says. */
export interface SecurityReportFacts {
  /** Without parameters, lower case. */
  readonly content_type?: string;
  /** `sentry_release` of the query. */
  readonly release?: string;
  /** `sentry_environment` of the query. */
  readonly environment?: string;
}

/** Where the event's JSON is in a compressed body. */
export interface PayloadPart {
  readonly encoding: Exclude<Encoding, 'identity'>;
  /** Bytes of the whole body after decompression. */
  readonly size: number;
  /** Bytes before the event, after decompression. */
  readonly start: number;
  /** Bytes of the event. */
  readonly length: number;
}

export interface AttachmentReference {
  /** Key in the file store. */
  readonly file: string;
  readonly name: string;
  readonly content_type?: string;
  readonly attachment_type: string;
  /** Bytes. */
  readonly size: number;
  readonly sha1: string;
}

/** Decisions that ingest made at the edge, summed up for about a second (unit: items). */
export interface OutcomesRecordHeader extends RecordHead {
  readonly kind: 'outcomes';
  readonly outcomes: readonly EdgeOutcome[];
}

export interface EdgeOutcome extends Outcome {
  readonly key_id: number;
  /** Of what was shed, where it is known; its releases are few. */
  readonly release?: string;
}

/** An attachment that came without its event in the same envelope. */
export interface AttachmentRecordHeader extends RecordHead {
  readonly kind: 'attachment';
  readonly key_id: number;
  readonly event_id: EventId;
  readonly attachments: readonly AttachmentReference[];
}

/**
 * An item that is no event: a session update, sessions that a server summed up, what a user told about an event, a check-in of a
 * monitor. The payload is the item's JSON as sent; ingest has not looked into it.
 */
export interface ItemRecordHeader extends SentRecordHead {
  readonly kind: 'session' | 'user_report' | 'check_in';
  /** The item's type; kind `session` is of `session` or `sessions`, the others are of the type of their name. */
  readonly item_type: string;
  /** The envelope's. */
  readonly event_id?: EventId;
}

/** Kinds of records whose payload is one item that is no event. */
const ITEM_RECORD_KINDS: readonly ItemRecordHeader['kind'][] = ['session', 'user_report', 'check_in'];

/** Tells items from events, attachments and outcomes. */
export function isItemRecord(record: LogRecord): record is LogRecord<ItemRecordHeader> {
  return isItemHeader(record.header);
}

/** The same, of a header alone. */
export function isItemHeader(header: LogRecordHeader): header is ItemRecordHeader {
  return (ITEM_RECORD_KINDS as readonly string[]).includes(header.kind);
}

export type LogRecordHeader =
  | EventRecordHeader
  | OutcomesRecordHeader
  | AttachmentRecordHeader
  | ItemRecordHeader;

export interface LogRecord<H extends LogRecordHeader = LogRecordHeader> {
  readonly header: H;
  /** Event JSON for kind `event`, or the body that `payload_part` tells of; an item's JSON for items; empty otherwise or when `payload_file` is set. */
  readonly payload: Uint8Array;
}

const PLAIN_VERSION = 1;
const COMPRESSED_VERSION = 2;
/** Formats that this release reads. */
export const LOG_RECORD_VERSIONS: readonly number[] = [PLAIN_VERSION, COMPRESSED_VERSION];

/** A body that is larger than this after decompression is not kept compressed: it bounds what a batch of records becomes in memory. */
export const MAX_COMPRESSED_BODY_BYTES = 64 * 1024;

/** A record with more bytes than this goes to the file store first and the log holds the reference. */
export const MAX_INLINE_RECORD_BYTES = 512 * 1024;

export class LogRecordError extends Error {
  readonly code = 'log_record';
}

const textDecoder = new TextDecoder();

/** Encodes a record. */
export function encodeLogRecord(record: LogRecord): Uint8Array {
  const header = JSON.stringify(record.header);
  const headerLength = Buffer.byteLength(header);
  // Every byte is written below; zeroing 14 KB first would be work for nothing.
  const bytes = Buffer.allocUnsafeSlow(5 + headerLength + record.payload.length);
  const isCompressed = record.header.kind === 'event' && record.header.payload_part !== undefined;
  bytes[0] = isCompressed ? COMPRESSED_VERSION : PLAIN_VERSION;
  bytes.writeUInt32LE(headerLength, 1);
  bytes.write(header, 5);
  bytes.set(record.payload, 5 + headerLength);
  return bytes;
}

/** Decodes a record; the payload is a view on `bytes`. @throws LogRecordError for an unknown version or torn bytes. */
export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  if (bytes.length < 5) throw new LogRecordError('record is shorter than its frame');
  if (bytes[0] !== PLAIN_VERSION && bytes[0] !== COMPRESSED_VERSION)
    throw new LogRecordError(`record version ${bytes[0]} is not known`);
  const headerEnd = 5 + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1, true);
  if (headerEnd > bytes.length) throw new LogRecordError('record header runs past the end');
  let header: unknown;
  try {
    header = JSON.parse(textDecoder.decode(bytes.subarray(5, headerEnd)));
  } catch (cause) {
    throw new LogRecordError('record header is not JSON', { cause });
  }
  if (
    typeof header !== 'object' ||
    header === null ||
    typeof (header as { kind?: unknown }).kind !== 'string'
  ) {
    throw new LogRecordError('record header has no kind');
  }
  return { header: header as LogRecordHeader, payload: bytes.subarray(headerEnd) };
}

/** Log key: decides the partition, so that all copies of one record meet in one partition. */
export function logKeyOf(header: Pick<LogRecordHeader, 'project_id' | 'id'>): string {
  return `${header.project_id}:${header.id}`;
}
