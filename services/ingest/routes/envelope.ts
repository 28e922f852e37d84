import { clientAddress, type Envelope, type EventId, parseEnvelope, type Refusal } from '@culprit/protocol';
import type { FastifyRequest } from 'fastify';
import { type Admitted, admit, authOfDsn, checkDsn, readAuth } from '../accept/admit.ts';
import { appendItems, type Sent } from '../accept/append-items.ts';
import { eventIdOfPayload } from '../accept/event-id.ts';
import { newRecordId } from '../accept/outcome-ledger.ts';
import { limitsAfter, type SortedItems, sortItems } from '../accept/sort-items.ts';
import { type Body, readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { countDrops, refuseItems, refuseRequest } from './refusals.ts';
import { type Answer, claimOf } from './submission.ts';

/** `POST /api/{project}/envelope/` */
export async function submitEnvelope(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const claim = claimOf(request);
  const read = readAuth(claim);
  if (!read.ok) return read;
  let admitted: Admitted | undefined;
  if (read.auth !== undefined) {
    const result = await admit(read.auth, claim, context);
    if (!result.ok) return result;
    admitted = result;
  }
  const { limits, admission, metrics } = context;
  const bodyLimits = { maxBytes: limits.envelopeBytes, idleMs: limits.bodyIdleMs };
  const body = await readBody(request.raw, bodyLimits, admission);
  if (body === 'aborted') return body;
  if (!body.ok) return admitted === undefined ? body : refuseRequest(body, admitted, context);
  try {
    metrics.wireBytes.inc(body.wireBytes);
    metrics.bodyBytes.inc(body.bytes.length);
    const parsed = parseEnvelope(body.bytes);
    if (!parsed.ok) return admitted === undefined ? parsed : refuseRequest(parsed, admitted, context);
    const { envelope } = parsed;
    if (admitted === undefined) {
      const result = await admitByDsn(envelope, claim, context);
      if (!result.ok) return result;
      admitted = result;
    } else {
      const mismatch = checkDsn(envelope.header.dsn, admitted);
      if (mismatch !== undefined) return refuseRequest(mismatch, admitted, context);
    }
    return await acceptEnvelope(envelope, body, sentBy(request, admitted, context), context);
  } finally {
    body.release();
  }
}

async function admitByDsn(
  envelope: Envelope,
  claim: ReturnType<typeof claimOf>,
  context: IngestContext,
): Promise<Admitted | Refusal> {
  const read = authOfDsn(envelope.header.dsn, claim);
  if (!read.ok) return read;
  if (read.auth === undefined) throw new Error('auth of a dsn is there or refused');
  return admit(read.auth, claim, context);
}

/** Stores what an envelope brings and counts what it does not. */
export async function acceptEnvelope(
  envelope: Envelope,
  body: Body,
  sent: Sent,
  context: IngestContext,
): Promise<Answer> {
  const { header, items } = envelope;
  const { admitted } = sent;
  const sorting = sortItems(items, context.limits);
  if (!sorting.ok) return refuseItems(sorting, items, admitted, context);
  const { sorted } = sorting;
  if (items.length === 0) context.outcomes.add(admitted.key, 'invalid', 'empty_envelope', 'default', 1);
  const eventId = eventIdOf(header.event_id, sorted);
  const { event, attachments } = sorted;
  const failed = await appendItems(
    { eventId, event: event?.payload, body, attachments, sentAt: header.sent_at },
    sent,
    context,
  );
  if (failed !== undefined) return failed;
  countDrops(sorted.drops, admitted.key, context);
  const limits = limitsAfter(sorted.drops);
  return {
    ok: true,
    ...(eventId === undefined ? {} : { id: eventId }),
    ...(limits === undefined ? {} : { limits }),
  };
}

/** The header's id wins; one is made up only when something is stored that needs it. */
function eventIdOf(given: EventId | undefined, { event, attachments }: SortedItems): EventId | undefined {
  if (given !== undefined) return given;
  if (event !== undefined) return eventIdOfPayload(event.payload);
  return attachments.length > 0 ? newRecordId() : undefined;
}

export function sentBy(request: FastifyRequest, admitted: Admitted, context: IngestContext): Sent {
  const { headers, socket } = request.raw;
  const forwarded = headers['x-forwarded-for'];
  return {
    admitted,
    clientIp: clientAddress(
      socket.remoteAddress ?? '',
      Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
      context.isTrustedProxy,
    ),
    userAgent: headers['user-agent'],
  };
}
