import { type Refusal, refuse } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptItems } from '../accept/accept-items.ts';
import { admitRequest } from '../accept/admit.ts';
import type { Answer } from '../accept/answer.ts';
import { refuseRequest } from '../accept/count-drops.ts';
import { oversized } from '../accept/item-limits.ts';
import { sentBy } from '../accept/sent.ts';
import { readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { claimOf, mediaTypeOf, queryOf } from './submission.ts';

const MAX_BYTES = 100 * 1024;
const NIL_ID = '00000000000000000000000000000000';
const STATUSES: ReadonlySet<unknown> = new Set(['ok', 'error', 'in_progress', 'missed', 'timeout']);

/** `GET` or `POST /api/{project}/cron/{monitor}/`: a check-in of a job that has no SDK, by query or as JSON. */
export async function submitCheckIn(request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const admitted = await admitRequest(claimOf(request), context);
  if (!admitted.ok) return admitted;
  const { key } = admitted;
  const bodyLimits = { maxBytes: MAX_BYTES, idleMs: context.limits.bodyIdleMs };
  const body = await readBody(request.raw, bodyLimits, context.admission);
  if (body === 'aborted') return body;
  if (!body.ok) return refuseRequest(body.status === 413 ? oversized('check_in') : body, key, context);
  try {
    const slug = (request.params as { monitor?: string }).monitor ?? '';
    const told =
      mediaTypeOf(request) === 'application/json'
        ? checkInOfJson(body.bytes)
        : checkInOfQuery(queryOf(request));
    if (!told.ok) return refuseRequest(told, key, context);
    const payload = payloadOf(told.checkIn, slug);
    if (payload === undefined) return refuseRequest(invalidJson('nested too deeply'), key, context);
    const checkIn = { kind: 'check_in', itemType: 'check_in', category: 'monitor', payload } as const;
    const sorted = { attachments: [], others: [checkIn], drops: [] };
    const answer = await acceptItems({ sorted }, sentBy(request, admitted, context), context);
    // A job that is told 429 would count as failed.
    return answer !== 'aborted' && !answer.ok && answer.status === 429 ? { ok: true } : answer;
  } finally {
    body.release();
  }
}

export function sendAccepted(reply: FastifyReply): FastifyReply {
  return reply.status(202).send();
}

interface Told {
  readonly ok: true;
  readonly checkIn: object;
}

/** Undefined when it is nested too deeply to be written again. */
function payloadOf(checkIn: object, slug: string): Buffer | undefined {
  try {
    return Buffer.from(JSON.stringify({ check_in_id: NIL_ID, ...checkIn, monitor_slug: slug }));
  } catch {
    return undefined;
  }
}

function checkInOfQuery(query: string): Told | Refusal {
  const params = new URLSearchParams(query);
  const status = params.get('status');
  if (!STATUSES.has(status)) return badStatus();
  const checkInId = params.get('check_in_id');
  const environment = params.get('environment');
  const duration = Number(params.get('duration') ?? Number.NaN);
  return {
    ok: true,
    checkIn: {
      status,
      ...(checkInId === null ? {} : { check_in_id: checkInId }),
      ...(environment === null ? {} : { environment }),
      ...(Number.isFinite(duration) ? { duration } : {}),
    },
  };
}

function checkInOfJson(bytes: Buffer): Told | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return refuse(400, 'invalid JSON', 'invalid_json');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalidJson('expected a check-in');
  }
  return 'status' in value && STATUSES.has(value.status) ? { ok: true, checkIn: value } : badStatus();
}

const invalidJson = (why: string): Refusal => refuse(400, `invalid JSON: ${why}`, 'invalid_json');
const badStatus = (): Refusal => refuse(400, 'missing or unknown status of the check-in', 'payload');
