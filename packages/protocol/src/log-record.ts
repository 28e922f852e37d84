import type { EventId, ProjectId } from './ids.ts';
import type { Outcome } from './outcome.ts';

/**
 * What ingest appends to the event log and the processor consumes.
 *
 * Bytes: `version u8 = 1 | header length u32 LE | header JSON (UTF-8) | payload bytes`. The header's `kind` tells what
 * the payload is. A reader keeps unknown header fields and refuses only an unknown version.
 */
export interface EventRecordHeader {
  readonly kind: 'event';
  readonly project_id: ProjectId;
  /** Id of the record: for an event its event id. A duplicate is one with the same (project_id, id). */
  readonly id: EventId;
  /** Unix milliseconds, set by ingest. */
  readonly received: number;
  readonly key_id: number;
  /** `event` for error and default events; also the legacy store route. */
  readonly item_type: string;
  /** Envelope header `sent_at`, as sent. */
  readonly sent_at?: string;
  /** Address of the client after trusted proxies. */
  readonly client_ip?: string;
  readonly user_agent?: string;
  /** `name/version`, from the auth. */
  readonly sdk_client?: string;
  readonly origin?: string;
  /** The payload is not in the record but in the file store under this key (records over 512 KiB). */
  readonly payload_file?: string;
  /** Attachments of the same envelope, already durable in the file store. */
  readonly attachments?: readonly AttachmentReference[];
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
export interface OutcomesRecordHeader {
  readonly kind: 'outcomes';
  readonly project_id: ProjectId;
  /** 32 hex digits, made by ingest. */
  readonly id: EventId;
  readonly received: number;
  readonly outcomes: readonly (Outcome & { readonly key_id: number })[];
}

/** An attachment that came without its event in the same envelope. */
export interface AttachmentRecordHeader {
  readonly kind: 'attachment';
  readonly project_id: ProjectId;
  readonly id: EventId;
  readonly received: number;
  readonly key_id: number;
  readonly event_id: EventId;
  readonly attachments: readonly AttachmentReference[];
}

export type LogRecordHeader = EventRecordHeader | OutcomesRecordHeader | AttachmentRecordHeader;

export interface LogRecord<H extends LogRecordHeader = LogRecordHeader> {
  readonly header: H;
  /** Event JSON as sent for kind `event`; empty otherwise or when `payload_file` is set. */
  readonly payload: Uint8Array;
}

export const LOG_RECORD_VERSION = 1;

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
  bytes[0] = LOG_RECORD_VERSION;
  bytes.writeUInt32LE(headerLength, 1);
  bytes.write(header, 5);
  bytes.set(record.payload, 5 + headerLength);
  return bytes;
}

/** Decodes a record; the payload is a view on `bytes`. @throws LogRecordError for an unknown version or torn bytes. */
export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  if (bytes.length < 5) throw new LogRecordError('record is shorter than its frame');
  if (bytes[0] !== LOG_RECORD_VERSION) throw new LogRecordError(`record version ${bytes[0]} is not known`);
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
