import { parseEnvelope, type Refusal, readEnvelopeHeader } from '@culprit/protocol';
import type { FastifyRequest } from 'fastify';
import { acceptEnvelope } from '../accept/accept-items.ts';
import {
  type Admitted,
  admitByDsn,
  admitByRequest,
  badEnvelopeAuth,
  type Claim,
  checkDsn,
  missingAuth,
} from '../accept/admit.ts';
import type { Answer } from '../accept/answer.ts';
import { refuseRequest } from '../accept/count-drops.ts';
import { sentBy } from '../accept/sent.ts';
import { readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { claimOf } from './submission.ts';

/** `POST /api/{project}/envelope/` */
export async function submitEnvelope(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const claim = claimOf(request);
  let admitted = await admitByRequest(claim, context);
  if (admitted !== undefined && !admitted.ok) return admitted;
  const { limits, admission, metrics } = context;
  const bodyLimits = { maxBytes: limits.envelopeBytes, idleMs: limits.bodyIdleMs };
  const body = await readBody(request.raw, bodyLimits, admission);
  if (body === 'aborted') return body;
  if (!body.ok) return admitted === undefined ? body : refuseRequest(body, admitted.key, context);
  try {
    metrics.wireBytes.inc(body.wireBytes);
    metrics.bodyBytes.inc(body.bytes.length);
    const needsDsn = admitted === undefined;
    admitted ??= await admitByHeader(body.bytes, claim, context);
    if (!admitted.ok) return admitted;
    const parsed = parseEnvelope(body.bytes);
    if (!parsed.ok) return refuseRequest(parsed, admitted.key, context);
    const mismatch = needsDsn ? undefined : checkDsn(parsed.envelope.header.dsn, admitted);
    if (mismatch !== undefined) return refuseRequest(mismatch, admitted.key, context);
    return await acceptEnvelope(parsed.envelope, body, sentBy(request, admitted, context), context);
  } finally {
    body.release();
  }
}

/** Without auth in the request the sender is known by the envelope's first line, which then has to be readable. */
async function admitByHeader(
  bytes: Uint8Array,
  claim: Claim,
  context: IngestContext,
): Promise<Admitted | Refusal> {
  if (bytes.length === 0) return missingAuth();
  const header = readEnvelopeHeader(bytes);
  if ('ok' in header) return badEnvelopeAuth();
  return admitByDsn(header.dsn, claim, context);
}
