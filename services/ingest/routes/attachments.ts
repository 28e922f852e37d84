import { type EnvelopeItem, parseEventId, refuse } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptEnvelope } from '../accept/accept-items.ts';
import { admitRequest } from '../accept/admit.ts';
import type { Answer } from '../accept/answer.ts';
import { refuseRequest } from '../accept/count-drops.ts';
import { sentBy } from '../accept/sent.ts';
import { parseForm } from '../body/multipart.ts';
import { readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { claimOf } from './submission.ts';

const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 64 * 1024;
/** One more than an envelope may have: it is the count of items that refuses. */
const MAX_FILES = 31;

/** `POST /api/{project}/events/{id}/attachments/`: a form whose files belong to an event, which may come later. */
export async function submitAttachments(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  const { key } = admitted;
  const eventId = parseEventId((request.params as { event?: string }).event);
  if (eventId === undefined) return refuseRequest(refuse(400, 'bad event id', 'event_id'), key, context);
  const { limits, admission, metrics } = context;
  const bodyLimits = { maxBytes: limits.envelopeBytes, idleMs: limits.bodyIdleMs };
  const body = await readBody(request.raw, bodyLimits, admission);
  if (body === 'aborted') return body;
  if (!body.ok) return refuseRequest(body, key, context);
  const copies = body.bytes.length;
  const isReserved = admission.reserve(copies);
  try {
    if (!isReserved) return refuse(503, 'too many bytes in flight', 'overload');
    metrics.wireBytes.inc(body.wireBytes);
    metrics.bodyBytes.inc(copies);
    const formLimits = {
      fileBytes: limits.attachmentBytes,
      fieldBytes: MAX_FIELD_BYTES,
      files: MAX_FILES,
      fields: MAX_FIELDS,
    };
    const form = await parseForm(body.bytes, request.sentContentType ?? '', formLimits);
    if (!form.ok) return refuseRequest(form, key, context);
    const items = form.files.map(
      ({ name, filename, contentType, bytes: payload }): EnvelopeItem => ({
        header: { type: 'attachment', filename: filename ?? name, content_type: contentType },
        payload,
      }),
    );
    const envelope = { header: { event_id: eventId }, items };
    return await acceptEnvelope(envelope, undefined, sentBy(request, admitted, context), context);
  } finally {
    if (isReserved) admission.release(copies);
    body.release();
  }
}

export function sendCreated(reply: FastifyReply): FastifyReply {
  return reply.status(201).send();
}
