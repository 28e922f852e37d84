import { randomUUID } from 'node:crypto';
import { ClickHouseError, isTransient as isClickHouseAway } from '@culprit/clickhouse';
import { isTransient as isPostgresAway } from '@culprit/postgres';
import cookie from '@fastify/cookie';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { registerRoutes, requireAccess } from './access/route.ts';
import type { WebContext } from './context.ts';
import { registerPages } from './pages.ts';
import { Refusal } from './refusal.ts';
import { readJson } from './request-body.ts';
import { apiRoutes } from './routes.ts';

const BODY_LIMIT = 1024 * 1024;

export interface AppOptions {
  readonly trustedProxies: readonly string[];
  /** Where the built pages are. */
  readonly clientFolder: string;
}

/** The HTTP API and the pages, not yet listening. */
export async function buildApp(context: WebContext, options: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT,
    requestTimeout: 60_000,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2_048 },
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => sendError(context, error, request, reply),
  });
  requireAccess(app);
  readJson(app);
  await app.register(cookie);
  app.setErrorHandler((error, request, reply) => sendError(context, error, request, reply));
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    // PostgreSQL's text has no U+0000, so nothing can have such a name.
    if (request.url.includes('%00')) throw new Refusal(400, { detail: 'The URL must not contain U+0000' });
  });
  app.addHook('onResponse', async (request, reply) => {
    context.metrics.requests.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: `${reply.statusCode}` },
      reply.elapsedTime / 1000,
    );
  });
  registerRoutes(app, context, apiRoutes);
  await registerPages(app, options.clientFolder);
  await app.ready();
  return app;
}

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

function sendError(
  context: WebContext,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof Refusal) return reply.status(error.status).headers(error.headers).send(error.body);
  const route = request.routeOptions?.url;
  if (isPostgresAway(error) || isClickHouseAway(error)) {
    context.logger.warn({ err: error, route }, 'a store is away');
    return reply.status(503).send({ detail: 'A database is not available at the moment' });
  }
  if (error instanceof ClickHouseError && error.code === '241') {
    context.logger.warn({ err: error, route }, 'a query needs too much memory');
    return reply.status(503).send({ detail: 'This question needs too much memory: ask for a shorter time' });
  }
  // TOO_MANY_ROWS_OR_BYTES: what a query may answer.
  if (error instanceof ClickHouseError && error.code === '396') {
    const detail =
      'This question has too many answers: ask for a shorter time, longer intervals or fewer groups';
    return reply.status(400).send({ detail });
  }
  const status = statusOf(error);
  if (status !== undefined) return reply.status(status).send({ detail: detailOf(error) });
  context.logger.error({ err: error, route, requestId: request.id }, 'request failed');
  return reply.status(500).send({ detail: 'Internal error' });
}

/** Fastify's own refusals: body too large, wrong content type, bad URL. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined;
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : 'Bad request';
}
