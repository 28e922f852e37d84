import { parseEnvelope } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptEnvelope, acceptItems } from '../accept/accept-items.ts';
import { type Admitted, admitRequest, checkDsn } from '../accept/admit.ts';
import type { Answer } from '../accept/answer.ts';
import { answerUnsupported, refuseRequest } from '../accept/count-drops.ts';
import { sentBy } from '../accept/sent.ts';
import type { EventItem } from '../accept/sort-items.ts';
import { type Body, readBody } from '../body/read-body.ts';
import { readStoreEvent, type StoreEvent } from '../body/store-event.ts';
import type { IngestContext } from '../context.ts';
import { claimOf, mediaTypeOf, queryOf } from './submission.ts';

/** A transparent GIF, 1 × 1. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const SECURITY_TYPES: ReadonlySet<unknown> = new Set(['csp', 'hpkp', 'expectct', 'expectstaple']);

/** `POST /api/{project}/store/` and `/api/store/`: one event as JSON, or an envelope by content type. */
export async function submitStore(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  const { limits, admission, metrics } = context;
  const isEnvelope = mediaTypeOf(request) === 'application/x-sentry-envelope';
  // Base64 makes a body a third longer.
  const maxBytes = isEnvelope ? limits.envelopeBytes : Math.ceil(limits.eventBytes * 1.4);
  const body = await readBody(request.raw, { maxBytes, idleMs: limits.bodyIdleMs }, admission);
  if (body === 'aborted') return body;
  if (!body.ok) return refuseRequest(body, admitted.key, context);
  try {
    metrics.wireBytes.inc(body.wireBytes);
    metrics.bodyBytes.inc(body.bytes.length);
    if (!isEnvelope) return await acceptStoreEvent(body.bytes, body, request, admitted, context);
    const parsed = parseEnvelope(body.bytes);
    if (!parsed.ok) return refuseRequest(parsed, admitted.key, context);
    const mismatch = checkDsn(parsed.envelope.header.dsn, admitted);
    if (mismatch !== undefined) return refuseRequest(mismatch, admitted.key, context);
    return await acceptEnvelope(parsed.envelope, body, sentBy(request, admitted, context), context);
  } finally {
    body.release();
  }
}

/** `GET /api/{project}/store/`: the event is in `sentry_data`, for pages that may load pictures only. */
export async function submitPixel(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  const data = new URLSearchParams(queryOf(request)).get('sentry_data') ?? '';
  // In a query string a plus sign that nobody escaped has become a blank; base64 has no blanks.
  const bytes = Buffer.from(data.startsWith('{') ? data : data.replaceAll(' ', '+'));
  return acceptStoreEvent(bytes, undefined, request, admitted, context);
}

/** What a page gets that asked for a picture. */
export function sendPixel(reply: FastifyReply): FastifyReply {
  return reply.type('image/gif').header('cache-control', 'no-store').send(PIXEL);
}

async function acceptStoreEvent(
  bytes: Buffer,
  body: Body | undefined,
  request: FastifyRequest,
  admitted: Admitted,
  context: IngestContext,
): Promise<Answer> {
  const event = readStoreEvent(bytes, context.limits.eventBytes);
  if (!event.ok) return refuseRequest(event, admitted.key, context);
  if (event.type === 'transaction') {
    return { ...answerUnsupported('transaction', admitted.key, context), id: event.id };
  }
  const sorted = { event: itemOf(event), attachments: [], others: [], drops: [] };
  return acceptItems({ eventId: event.id, sorted, body }, sentBy(request, admitted, context), context);
}

function itemOf({ type, json: payload }: StoreEvent): EventItem {
  if (type === 'feedback') return { itemType: 'feedback', category: 'feedback', payload };
  return { itemType: 'event', category: SECURITY_TYPES.has(type) ? 'security' : 'error', payload };
}
