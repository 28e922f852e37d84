import { type Category, refuse } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { admitRequest } from '../accept/admit.ts';
import type { Answer } from '../accept/answer.ts';
import { answerUnsupported, countDrops, refuseRequest } from '../accept/count-drops.ts';
import { newRecordId } from '../accept/outcome-ledger.ts';
import { discardBody } from '../body/discard-body.ts';
import type { IngestContext } from '../context.ts';
import { claimOf, mediaTypeOf, type Submit } from './submission.ts';

const NEL_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/reports+json']);

/** A route whose senders need a good answer, for something that is not kept: the body is read over, and counted as dropped. */
export function submitUnsupported(category: Category): Submit {
  return async (request, context) => {
    const admitted = await admitRequest(claimOf(request), context);
    if (!admitted.ok) return admitted;
    const { limits, metrics, admission } = context;
    const bodyLimits = { maxBytes: limits.envelopeBytes, idleMs: limits.bodyIdleMs };
    const body = await discardBody(request.raw, bodyLimits, admission);
    if (body === 'aborted') return body;
    if (!body.ok) return refuseRequest(body, admitted.key, context);
    metrics.wireBytes.inc(body.wireBytes);
    if (body.wireBytes === 0)
      return refuseRequest(refuse(400, 'empty body', 'no_data'), admitted.key, context);
    return { ...answerUnsupported(category, admitted.key, context), id: newRecordId() };
  };
}

/** `POST /api/{project}/nel/`: network errors that a browser has logged. */
export async function submitNetworkErrors(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  if (NEL_TYPES.has(mediaTypeOf(request))) return submitUnsupported('security')(request, context);
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  return refuseRequest(
    refuse(415, 'unsupported content type of a report', 'content_type'),
    admitted.key,
    context,
  );
}

/** `/api/{project}/upload/`: an upload in pieces has to be refused, because its sender would wait for the place to send them to. */
export async function refuseUpload(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  const reason = 'feature_disabled';
  countDrops(
    [{ outcome: 'invalid', reason, category: 'attachment_item', quantity: 1 }],
    admitted.key,
    context,
  );
  return refuse(403, 'uploads in pieces are not supported: send attachments in envelopes', reason);
}

/** An empty answer of OpenTelemetry's protocol is `{}` in JSON and no bytes in Protobuf: all is well. */
export function sendExported(reply: FastifyReply, _success: unknown, request: FastifyRequest): FastifyReply {
  return mediaTypeOf(request) === 'application/json'
    ? reply.type('application/json').send('{}')
    : reply.type('application/x-protobuf').send(Buffer.alloc(0));
}
