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
import { newRecordId } from './outcome-ledger.ts';
import type { Sent } from './sent.ts';
import { attachmentTypeOf, type EventItem, type OtherItem, type SortedItems } from './sort-items.ts';

/** What is to be stored of one request. */
export interface Accepted {
  /** Of the event and of its attachments. */
  readonly eventId: EventId | undefined;
  /** What the envelope header said. */
  readonly envelopeEventId: EventId | undefined;
  readonly sorted: SortedItems;
  /** What the event is a view of; absent when it was decoded once more. */
  readonly body?: Body | undefined;
  readonly sentAt: string | undefined;
  /** How many events this one stands for; undefined: one. */
  readonly keptWeight?: number | undefined;
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
  const started = performance.now();
  try {
    const records = await recordsOf(accepted, sent, context);
    if (records.length === 0) return undefined;
    await faultPoint('ingest-before-append');
    await context.log.append(records);
    await faultPoint('ingest-after-append');
  } catch (err) {
    return refusalOf(err, context);
  } finally {
    context.metrics.appendSeconds.observe((performance.now() - started) / 1000);
  }
  return undefined;
}

async function recordsOf(accepted: Accepted, sent: Sent, context: IngestContext): Promise<NewRecord[]> {
  const { sorted, eventId } = accepted;
  const attachments =
    sorted.attachments.length === 0 ? [] : await storeAttachments(sorted.attachments, context);
  const records: NewRecord[] = [];
  const facts = factsOf(accepted, sent, context);
  if (sorted.event !== undefined && eventId !== undefined) {
    records.push(await eventRecord(sorted.event, eventId, attachments, accepted, sent, facts, context));
  } else if (attachments.length > 0 && eventId !== undefined) {
    const { project_id, received, key_id } = facts;
    const id = newRecordId();
    const header = {
      kind: 'attachment',
      project_id,
      received,
      key_id,
      id,
      event_id: eventId,
      attachments,
    } as const;
    records.push(toRecord(header, NOTHING));
  }
  for (const item of sorted.others) {
    records.push(await otherRecord(item, accepted.envelopeEventId, facts, context));
  }
  return records;
}

/** What every record of a request says about its sender. */
function factsOf({ sentAt }: Accepted, { admitted, clientIp, userAgent }: Sent, context: IngestContext) {
  const { projectId, keyId } = admitted.key;
  return {
    project_id: projectId,
    received: context.clock.now(),
    key_id: keyId,
    client_ip: clientIp,
    ...(sentAt === undefined ? {} : { sent_at: sentAt.slice(0, 64) }),
    ...(userAgent === undefined ? {} : { user_agent: userAgent.slice(0, 1024) }),
    ...(admitted.auth.client === undefined ? {} : { sdk_client: admitted.auth.client }),
  };
}

type Facts = ReturnType<typeof factsOf>;

async function eventRecord(
  { payload, itemType, report }: EventItem,
  id: EventId,
  attachments: readonly AttachmentReference[],
  { body, keptWeight }: Accepted,
  { admitted, clientHints }: Sent,
  facts: Facts,
  context: IngestContext,
): Promise<NewRecord> {
  const compressed = body === undefined ? undefined : keptCompressed(payload, body);
  const file = await fileOf(payload, context);
  return toRecord(
    {
      kind: 'event',
      ...facts,
      id,
      item_type: itemType,
      ...(admitted.origin === undefined ? {} : { origin: admitted.origin.slice(0, 512) }),
      ...(clientHints === undefined ? {} : { client_hints: clientHints }),
      ...(report === undefined ? {} : { report }),
      ...(file === undefined ? {} : { payload_file: file }),
      ...(compressed === undefined ? {} : { payload_part: compressed.part }),
      ...(attachments.length === 0 ? {} : { attachments }),
      ...(keptWeight === undefined ? {} : { kept_weight: keptWeight }),
    },
    compressed?.bytes ?? (file === undefined ? payload : NOTHING),
  );
}

async function otherRecord(
  { kind, itemType, payload }: OtherItem,
  eventId: EventId | undefined,
  facts: Facts,
  context: IngestContext,
): Promise<NewRecord> {
  const file = await fileOf(payload, context);
  return toRecord(
    {
      kind,
      ...facts,
      id: newRecordId(),
      item_type: itemType,
      ...(eventId === undefined ? {} : { event_id: eventId }),
      ...(file === undefined ? {} : { payload_file: file }),
    },
    file === undefined ? payload : NOTHING,
  );
}

/** The file of a payload that is too large for a record. */
async function fileOf(payload: Uint8Array, context: IngestContext): Promise<string | undefined> {
  if (payload.length <= MAX_INLINE_RECORD_BYTES - HEADER_ROOM) return undefined;
  return (await context.files.put(payload)).key;
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
  context.onStoreFailure(err);
  if (code === 'full' || code === 'ENOSPC') return unavailable('event log is full', 'log_full');
  return unavailable('event log is not available', 'log_unavailable');
}

const unavailable = (detail: string, reason: string): Refusal => refuse(503, detail, reason);
