import { formatRateLimits, type Refusal, refuse, retryAfterOf } from '@culprit/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Claim } from '../accept/admit.ts';
import type { Answer, Exceeded, Success } from '../accept/answer.ts';
import type { IngestContext } from '../context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** `Content-Type` as sent; hidden from fastify, which would refuse what it cannot read. */
    sentContentType: string | undefined;
  }
}

export type Submit = (request: FastifyRequest, context: IngestContext) => Promise<Answer>;

/** How a route says that all is well. */
export type Thank = (reply: FastifyReply, success: Success, request: FastifyRequest) => FastifyReply;

/** A handler that admits the request, lets `submit` do it, answers and counts. */
export function submission(submit: Submit, context: IngestContext, thank: Thank = thankWithId) {
  const { admission, metrics } = context;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!admission.enter())
      return sendRefusal(reply, refuse(503, 'too many requests in flight', 'overload'), context);
    let answer: Answer;
    try {
      answer = await submitWatched(submit, request, context);
    } finally {
      admission.leave();
    }
    if (answer === 'aborted') {
      metrics.aborted.inc();
      return reply.hijack();
    }
    if (!answer.ok) {
      if ('exceeded' in answer) tellLimits(reply, answer);
      return sendRefusal(reply, answer, context);
    }
    // Without Retry-After: on a 200 that would silence an SDK wholly.
    if (answer.limits !== undefined) reply.header('x-sentry-rate-limits', formatRateLimits(answer.limits));
    return thank(reply, answer, request);
  };
}

/** Every SDK understands one of the two. What is not supported does not make the wait longer. */
export function tellLimits(reply: FastifyReply, { exceeded, limits }: Exceeded): void {
  reply.header('x-sentry-rate-limits', formatRateLimits([...exceeded, ...limits]));
  reply.header('retry-after', String(retryAfterOf(exceeded)));
}

/** What SDKs expect of envelopes and events. */
function thankWithId(reply: FastifyReply, { id }: Success): FastifyReply {
  return reply.type('application/json').send(id === undefined ? '{}' : `{"id":"${id}"}`);
}

/** An error of ours while we take an error of ours would make another one, and so on. Our sender says its key in this header. */
function submitWatched(submit: Submit, request: FastifyRequest, context: IngestContext): Promise<Answer> {
  const { selfReport } = context;
  const auth = request.raw.headers['x-sentry-auth'];
  const isOwn = selfReport !== undefined && typeof auth === 'string' && auth.includes(selfReport.publicKey);
  return isOwn ? selfReport.duringOwnWork(() => submit(request, context)) : submit(request, context);
}

/** Answers a refusal. */
export function sendRefusal(reply: FastifyReply, refusal: Refusal, context: IngestContext): FastifyReply {
  context.metrics.refused.inc({ reason: refusal.reason });
  if (refusal.status === 408) reply.header('connection', 'close');
  return reply
    .status(refusal.status)
    .header('x-sentry-error', refusal.detail)
    .send({ detail: refusal.detail });
}

export function claimOf(request: FastifyRequest): Claim {
  const { project, key } = request.params as { project?: string; key?: string };
  return { project, pathKey: key, headers: request.raw.headers, query: queryOf(request) };
}

/** The raw query string without the question mark. */
export function queryOf(request: FastifyRequest): string {
  const { url } = request.raw;
  const mark = url === undefined ? -1 : url.indexOf('?');
  return url === undefined || mark === -1 ? '' : url.slice(mark + 1);
}

/** The content type without parameters, lower case; '' without one. */
export function mediaTypeOf(request: FastifyRequest): string {
  return (request.sentContentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
