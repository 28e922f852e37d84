import { type Dsn, type EventId, parseDsn, parseEventId, refuse } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptItems } from '../accept/accept-items.ts';
import { type Admitted, admitByDsn } from '../accept/admit.ts';
import { refuseRequest } from '../accept/count-drops.ts';
import { sentBy } from '../accept/sent.ts';
import { parseForm } from '../body/multipart.ts';
import { readBody } from '../body/read-body.ts';
import type { IngestContext } from '../context.ts';
import { type ReportForm, readReportForm } from '../embed/report-form.ts';
import { formScript } from '../embed/script.ts';
import { mediaTypeOf, queryOf, sendRefusal, tellLimits } from './submission.ts';

const MAX_BYTES = 64 * 1024;
const MAX_FIELDS = 20;
const INVALID = 'Missing or invalid parameter.';

/** `OPTIONS /api/embed/error-page/`: before any check. */
export function answerFormPreflight(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendFacts(request, reply, 200, {});
}

/** `GET /api/embed/error-page/`: the script that asks a person what happened, and `POST`: what the person answers. */
export function errorPage(context: IngestContext) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { admission } = context;
    if (!admission.enter())
      return sendRefusal(reply, refuse(503, 'too many requests in flight', 'overload'), context);
    try {
      return await answer(request, reply, context);
    } finally {
      admission.leave();
    }
  };
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  context: IngestContext,
): Promise<FastifyReply> {
  const params = new URLSearchParams(queryOf(request));
  const eventId = parseEventId(params.get('eventId'));
  if (eventId === undefined) return sendFacts(request, reply, 400, { eventId: INVALID });
  const dsn = parseDsn(params.get('dsn'));
  if (dsn === undefined) return sendFacts(request, reply, 404, { dsn: INVALID });
  const claim = { project: undefined, headers: request.raw.headers, query: '' };
  const admitted = await admitByDsn(params.get('dsn') ?? '', claim, context);
  if (!admitted.ok && admitted.status >= 500) return sendRefusal(reply, admitted, context);
  if (!admitted.ok && admitted.reason === 'cors') return sendFacts(request, reply, 403, {});
  if (!admitted.ok || admitted.key.projectId !== dsn.projectId) {
    return sendFacts(request, reply, 404, { dsn: INVALID });
  }
  if (request.method === 'GET') return sendScript(request, reply, params, dsn, eventId);
  return takeReport(request, reply, eventId, admitted, context);
}

function sendScript(
  request: FastifyRequest,
  reply: FastifyReply,
  params: URLSearchParams,
  dsn: Dsn,
  eventId: EventId,
): FastifyReply {
  setFormHeaders(request, reply);
  return reply
    .type('text/javascript; charset=utf-8')
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', 'no-store')
    .send(formScript(params, dsn, eventId));
}

async function takeReport(
  request: FastifyRequest,
  reply: FastifyReply,
  eventId: EventId,
  admitted: Admitted,
  context: IngestContext,
): Promise<FastifyReply> {
  const bodyLimits = { maxBytes: MAX_BYTES, idleMs: context.limits.bodyIdleMs };
  const body = await readBody(request.raw, bodyLimits, context.admission);
  if (body === 'aborted') {
    context.metrics.aborted.inc();
    return reply.hijack();
  }
  if (!body.ok) return sendRefusal(reply, refuseRequest(body, admitted.key, context), context);
  try {
    const { form, errors } = readReportForm(await fieldsOf(request, body.bytes));
    if (errors !== undefined) return sendFacts(request, reply, 400, { errors });
    const payload = Buffer.from(JSON.stringify({ event_id: eventId, ...form }));
    const report = { kind: 'user_report', itemType: 'user_report', category: 'feedback', payload } as const;
    const sorted = { attachments: [], others: [report], drops: [] };
    const stored = await acceptItems({ eventId, sorted }, sentBy(request, admitted, context), context);
    if (stored === 'aborted') return reply.hijack();
    if (stored.ok) return sendFacts(request, reply, 200, {});
    if ('exceeded' in stored) tellLimits(reply, stored);
    return sendRefusal(reply, stored, context);
  } finally {
    body.release();
  }
}

async function fieldsOf(request: FastifyRequest, body: Buffer): Promise<(field: keyof ReportForm) => string> {
  if (mediaTypeOf(request) === 'multipart/form-data') {
    const limits = { fileBytes: 0, fieldBytes: MAX_BYTES, files: 0, fields: MAX_FIELDS };
    const form = await parseForm(body, request.sentContentType ?? '', limits);
    const fields = form.ok ? form.fields : [];
    return (field) => fields.find(({ name }) => name === field)?.value ?? '';
  }
  const values = new URLSearchParams(body.toString('utf8'));
  return (field) => values.get(field) ?? '';
}

/** JSON, or nothing but the status for a page that asked for a script: then the facts are in a header. */
function sendFacts(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  facts: object,
): FastifyReply {
  setFormHeaders(request, reply);
  const text = JSON.stringify(facts);
  if (status >= 400) reply.header('x-sentry-error', status === 403 ? 'origin is not allowed' : INVALID);
  reply.status(status);
  if (!(request.headers.accept ?? '').includes('text/javascript')) {
    return reply.type('application/json').send(text);
  }
  if (text !== '{}') reply.header('x-sentry-context', text);
  return reply.type('text/javascript').send('');
}

function setFormHeaders(request: FastifyRequest, reply: FastifyReply): void {
  reply
    .header('access-control-allow-origin', request.headers.origin ?? '*')
    .header('access-control-allow-methods', 'GET, POST, OPTIONS')
    .header('access-control-allow-headers', 'Content-Type, Authorization, X-Requested-With')
    .header('access-control-max-age', '1000')
    .header('vary', 'Accept');
}
