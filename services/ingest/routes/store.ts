import { inflateSync } from 'node:zlib';
import {
  type EventId,
  isNilEventId,
  parseEnvelope,
  parseEventId,
  type Refusal,
  refuse,
  replaceNonFiniteNumbers,
} from '@culprit/protocol';
import type { FastifyRequest } from 'fastify';
import { admit, missingAuth, readAuth } from '../accept/admit.ts';
import { appendItems } from '../accept/append-items.ts';
import { newRecordId } from '../accept/outcome-ledger.ts';
import { readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { acceptEnvelope, sentBy } from './envelope.ts';
import { refuseRequest } from './refusals.ts';
import { type Answer, claimOf } from './submission.ts';

/** `POST /api/{project}/store/` and `/api/store/`: one event as JSON, or an envelope by content type. */
export async function submitStore(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const claim = claimOf(request);
  const read = readAuth(claim);
  if (!read.ok) return read;
  if (read.auth === undefined) return missingAuth();
  const admitted = await admit(read.auth, claim, context);
  if (!admitted.ok) return admitted;
  const { limits, admission, metrics } = context;
  const isEnvelope =
    request.sentContentType?.toLowerCase().startsWith('application/x-sentry-envelope') ?? false;
  // Base64 makes a body a third longer.
  const maxBytes = isEnvelope ? limits.envelopeBytes : Math.ceil(limits.eventBytes * 1.4);
  const body = await readBody(request.raw, { maxBytes, idleMs: limits.bodyIdleMs }, admission);
  if (body === 'aborted') return body;
  if (!body.ok) return refuseRequest(body, admitted, context);
  try {
    metrics.wireBytes.inc(body.wireBytes);
    metrics.bodyBytes.inc(body.bytes.length);
    const sent = sentBy(request, admitted, context);
    if (isEnvelope) {
      const parsed = parseEnvelope(body.bytes);
      if (!parsed.ok) return refuseRequest(parsed, admitted, context);
      return await acceptEnvelope(parsed.envelope, body, sent, context);
    }
    const event = readEvent(body.bytes, limits.eventBytes);
    if (!event.ok) return refuseRequest(event, admitted, context);
    if (event.type === 'transaction') {
      context.outcomes.add(admitted.key, 'invalid', 'feature_disabled', 'transaction', 1);
      return { ok: true, id: event.id };
    }
    const accepted = { eventId: event.id, event: event.json, body, attachments: [], sentAt: undefined };
    const failed = await appendItems(accepted, sent, context);
    return failed ?? { ok: true, id: event.id };
  } finally {
    body.release();
  }
}

interface StoreEvent {
  readonly ok: true;
  readonly id: EventId;
  readonly type: unknown;
  /** As sent, after base64 and zlib. */
  readonly json: Uint8Array;
}

function readEvent(body: Buffer, maxBytes: number): StoreEvent | Refusal {
  const json = decodeLegacy(body, maxBytes);
  if (!(json instanceof Uint8Array)) return json;
  if (json.length === 0) return refuse(400, 'empty body', 'no_data');
  if (json.length > maxBytes) return tooLarge();
  const event = parseEvent(json.toString('utf8'));
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return refuse(400, 'invalid JSON: expected an event object', 'invalid_json');
  }
  const { event_id: given, type } = event as { event_id?: unknown; type?: unknown };
  const id = parseEventId(given) ?? (given == null || isNilEventId(given) ? newRecordId() : undefined);
  return id === undefined ? refuse(400, 'malformed event_id', 'invalid_json') : { ok: true, id, type, json };
}

function parseEvent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Python writes NaN and Infinity; the processor reads them the same way.
  }
  try {
    return JSON.parse(replaceNonFiniteNumbers(text));
  } catch {
    return undefined;
  }
}

/** Old clients send base64 of JSON, or base64 of zlib of JSON, and do not say so. */
function decodeLegacy(body: Buffer, maxBytes: number): Buffer | Refusal {
  const first = firstByte(body);
  if (first === undefined || first === '{') return body;
  const bytes = Buffer.from(body.toString('latin1'), 'base64');
  if (firstByte(bytes) === '{') return bytes;
  try {
    return inflateSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isLong = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isLong ? tooLarge() : refuse(400, 'invalid JSON', 'invalid_json');
  }
}

/** The first character that is not white space. */
function firstByte(bytes: Buffer): string | undefined {
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return String.fromCharCode(byte);
  }
  return undefined;
}

const tooLarge = (): Refusal =>
  refuse(413, "envelope exceeded size limits for type 'event'", 'too_large:event');
