import { EventLogError, type NewRecord } from '@culprit/event-log';
import {
  type AttachmentReference,
  type EnvelopeItem,
  type EventId,
  encodeLogRecord,
  type LogRecordHeader,
  logKeyOf,
  MAX_COMPRESSED_BODY_BYTES,
  MAX_INLINE_RECORD_BYTES,
  type PayloadPart,
  type Refusal,
  refuse,
} from '@culprit/protocol';
import { faultPoint } from '@culprit/runtime';
import type { Body } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import type { Admitted } from './admit.ts';
import { newRecordId } from './outcome-ledger.ts';
import { attachmentTypeOf } from './sort-items.ts';

/** What is to be stored of one request. */
export interface Accepted {
  readonly eventId: EventId | undefined;
  /** Event JSON as sent. */
  readonly event: Uint8Array | undefined;
  /** What the event is a view of; absent when it was decoded once more. */
  readonly body?: Body;
  readonly attachments: readonly EnvelopeItem[];
  readonly sentAt: string | undefined;
}

/** Facts of the request that go along with the event. */
export interface Sent {
  readonly admitted: Admitted;
  readonly clientIp: string;
  readonly userAgent: string | undefined;
}

const NOTHING = new Uint8Array(0);
/** Room for the record's header in `MAX_INLINE_RECORD_BYTES`. */
const HEADER_ROOM = 16 * 1024;
const MAX_NAME = 255;

/** Makes durable what is to be stored: large parts in the file store first, then all records in one append. Resolves to a refusal when that fails. */
export async function appendItems(
  accepted: Accepted,
  sent: Sent,
  context: IngestContext,
): Promise<Refusal | undefined> {
  if (context.admission.isDiskFull) return unavailable('disk is nearly full', 'disk');
  const started = performance.now();
  try {
    const attachments =
      accepted.attachments.length === 0 ? [] : await storeAttachments(accepted.attachments, context);
    const record = await recordOf(accepted, attachments, sent, context);
    if (record === undefined) return undefined;
    await faultPoint('ingest-before-append');
    await context.log.append([record]);
    await faultPoint('ingest-after-append');
  } catch (err) {
    return refusalOf(err, context);
  } finally {
    context.metrics.appendSeconds.observe((performance.now() - started) / 1000);
  }
  return undefined;
}

async function recordOf(
  { event, eventId, sentAt, body }: Accepted,
  attachments: readonly AttachmentReference[],
  { admitted, clientIp, userAgent }: Sent,
  context: IngestContext,
): Promise<NewRecord | undefined> {
  const { projectId, keyId } = admitted.key;
  const received = context.clock.now();
  const common = { project_id: projectId, received, key_id: keyId };
  if (eventId === undefined) return undefined;
  if (event === undefined) {
    if (attachments.length === 0) return undefined;
    const id = newRecordId();
    return toRecord({ kind: 'attachment', ...common, id, event_id: eventId, attachments }, NOTHING);
  }
  const compressed = body === undefined ? undefined : keptCompressed(event, body);
  const isInline = event.length <= MAX_INLINE_RECORD_BYTES - HEADER_ROOM;
  const stored = isInline ? undefined : await context.files.put(event);
  return toRecord(
    {
      kind: 'event',
      ...common,
      id: eventId,
      item_type: 'event',
      client_ip: clientIp,
      ...(sentAt === undefined ? {} : { sent_at: sentAt.slice(0, 64) }),
      ...(userAgent === undefined ? {} : { user_agent: userAgent.slice(0, 1024) }),
      ...(admitted.auth.client === undefined ? {} : { sdk_client: admitted.auth.client }),
      ...(admitted.origin === undefined ? {} : { origin: admitted.origin.slice(0, 512) }),
      ...(stored === undefined ? {} : { payload_file: stored.key }),
      ...(compressed === undefined ? {} : { payload_part: compressed.part }),
      ...(attachments.length === 0 ? {} : { attachments }),
    },
    compressed?.bytes ?? (isInline ? event : NOTHING),
  );
}

/**
 * The body as it was sent, where that is shorter than the event: a third of the bytes to copy, to write and to read again, for one more
 * decompression. Not for large bodies, whose size in memory the processor could not foresee.
 */
function keptCompressed(
  event: Uint8Array,
  { bytes, compressed }: Body,
): { readonly bytes: Uint8Array; readonly part: PayloadPart } | undefined {
  if (compressed === undefined || compressed.bytes.length >= event.length) return undefined;
  const size = bytes.length;
  const start = event.byteOffset - bytes.byteOffset;
  // Small buffers share their memory with others: a view of the body begins and ends within it.
  const isView = event.buffer === bytes.buffer && start >= 0 && start + event.length <= size;
  if (size > MAX_COMPRESSED_BODY_BYTES || !isView) return undefined;
  return {
    bytes: compressed.bytes,
    part: { encoding: compressed.encoding, size, start, length: event.length },
  };
}

function toRecord(header: LogRecordHeader, payload: Uint8Array): NewRecord {
  return { key: logKeyOf(header), value: encodeLogRecord({ header, payload }) };
}

async function storeAttachments(
  items: readonly EnvelopeItem[],
  context: IngestContext,
): Promise<AttachmentReference[]> {
  const references: AttachmentReference[] = [];
  for (const item of items) {
    const { filename, content_type } = item.header;
    const { key, size, sha1 } = await context.files.put(item.payload);
    references.push({
      file: key,
      name: (filename ?? 'attachment').slice(0, MAX_NAME),
      ...(content_type === undefined ? {} : { content_type: content_type.slice(0, MAX_NAME) }),
      attachment_type: attachmentTypeOf(item),
      size,
      sha1,
    });
  }
  return references;
}

function refusalOf(err: unknown, context: IngestContext): Refusal {
  if (err instanceof EventLogError && err.code === 'too_large') {
    return refuse(413, 'event is too large', 'too_large:event');
  }
  const code = err instanceof Error && 'code' in err ? err.code : undefined;
  context.logger.error({ err }, 'append failed');
  if (code === 'full' || code === 'ENOSPC') return unavailable('event log is full', 'log_full');
  return unavailable('event log is not available', 'log_unavailable');
}

const unavailable = (detail: string, reason: string): Refusal => refuse(503, detail, reason);
