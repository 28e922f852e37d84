import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { refuse } from '@culprit/protocol';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { keepRoom } from './connections.ts';
import type { IngestContext } from './context.ts';
import { sendCreated, submitAttachments } from './routes/attachments.ts';
import { sendAccepted, submitCheckIn } from './routes/cron.ts';
import { submitEnvelope } from './routes/envelope.ts';
import { answerFormPreflight, errorPage } from './routes/error-page.ts';
import { sendUuid, submitMinidump } from './routes/minidump.ts';
import { sendNothing, submitSecurityReport } from './routes/security.ts';
import { sendPixel, submitPixel, submitStore } from './routes/store.ts';
import { type Submit, sendRefusal, submission, type Thank } from './routes/submission.ts';
import { refuseUpload, sendExported, submitNetworkErrors, submitUnsupported } from './routes/unsupported.ts';

export interface IngestAppOptions {
  readonly context: IngestContext;
  /** Whether this worker should get work. */
  readonly isReady: () => boolean;
  /** True once the worker is being replaced: every answer then closes its connection. */
  readonly isDraining: () => boolean;
  /** Beyond this, a new connection costs one that is silent. */
  readonly maxConnections?: number;
}

/** Idle keep-alive connections are closed after this; the clients are told in `Keep-Alive`. */
const KEEP_ALIVE_MS = 5_000;
/** What a worker can hold is bounded, idle connections too. */
const MAX_CONNECTIONS = 10_000;

const ALLOWED_HEADERS =
  'x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, authentication, authorization, content-encoding, transfer-encoding';
const EXPOSED_HEADERS = 'x-sentry-error, x-sentry-rate-limits, retry-after';

/** The HTTP endpoint for SDKs. Every answer, errors too, carries the CORS headers; none is compressed or a redirect. */
export function buildIngestApp(options: IngestAppOptions): FastifyInstance {
  const { context } = options;
  const { limits } = context;
  const app = fastify({
    logger: false,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: limits.headerTimeoutMs, connectionsCheckingInterval: 1_000 },
    routerOptions: {
      ignoreDuplicateSlashes: true,
      ignoreTrailingSlash: true,
      // Nobody reads fastify's parsed query; auth has its own reader.
      querystringParser: () => ({}),
    },
    exposeHeadRoutes: false,
    clientErrorHandler: answerBadHttp,
    frameworkErrors: (error, _request, reply) => {
      setCommonHeaders(reply.raw);
      sendRefusal(
        reply as FastifyReply,
        refuse(error.statusCode ?? 400, 'bad request path', 'path'),
        context,
      );
    },
  });
  keepRoom(app.server, options.maxConnections ?? MAX_CONNECTIONS);
  keepBodiesForRoutes(app);
  app.decorateRequest('sentContentType', undefined);
  app.addHook('onRequest', (request, reply, done) => {
    setCommonHeaders(reply.raw);
    if (options.isDraining()) reply.raw.setHeader('connection', 'close');
    const { headers } = request.raw;
    request.sentContentType = headers['content-type'];
    if (request.sentContentType !== undefined) delete headers['content-type'];
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'other';
    const labels = { route, status: `${Math.floor(reply.statusCode / 100)}xx` };
    context.metrics.requests.inc(labels);
    context.metrics.requestSeconds.observe(labels, reply.elapsedTime / 1000);
    done();
  });
  app.setErrorHandler((err, _request, reply) => {
    context.logger.error({ err }, 'request failed');
    return sendRefusal(reply, refuse(503, 'internal error', 'internal'), context);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendRefusal(reply, refuse(404, 'not found', 'not_found'), context),
  );
  addRoutes(app, options);
  return app;
}

/** Ways to send something: where, by which methods, and how it is taken and thanked for. */
interface SubmitRoute {
  readonly url: string;
  readonly methods: readonly ('GET' | 'POST')[];
  readonly submit: Submit;
  readonly thank?: Thank;
}

const POST = ['POST'] as const;
const OTLP = ['/otlp/v1', '/integration/otlp/v1'] as const;

const SUBMIT_ROUTES: readonly SubmitRoute[] = [
  { url: '/:project/envelope/', methods: POST, submit: submitEnvelope },
  ...['/:project/store/', '/store/'].flatMap((url): SubmitRoute[] => [
    { url, methods: POST, submit: submitStore },
    { url, methods: ['GET'], submit: submitPixel, thank: sendPixel },
  ]),
  ...['security', 'csp-report'].map(
    (name): SubmitRoute => ({
      url: `/:project/${name}/`,
      methods: POST,
      submit: submitSecurityReport,
      thank: sendNothing,
    }),
  ),
  { url: '/:project/nel/', methods: POST, submit: submitNetworkErrors, thank: sendNothing },
  { url: '/:project/minidump/', methods: POST, submit: submitMinidump, thank: sendUuid },
  { url: '/:project/unreal/:key/', methods: POST, submit: submitUnsupported('error'), thank: sendUuid },
  { url: '/:project/playstation/', methods: POST, submit: submitUnsupported('error'), thank: sendUuid },
  {
    url: '/:project/events/:event/attachments/',
    methods: POST,
    submit: submitAttachments,
    thank: sendCreated,
  },
  ...['/:project/cron/:monitor/', '/:project/cron/:monitor/:key/'].map(
    (url): SubmitRoute => ({ url, methods: ['GET', 'POST'], submit: submitCheckIn, thank: sendAccepted }),
  ),
  ...OTLP.flatMap((path): SubmitRoute[] => [
    {
      url: `/:project${path}/traces/`,
      methods: POST,
      submit: submitUnsupported('span'),
      thank: sendExported,
    },
    {
      url: `/:project${path}/logs/`,
      methods: POST,
      submit: submitUnsupported('log_item'),
      thank: sendExported,
    },
  ]),
  { url: '/:project/upload/', methods: POST, submit: refuseUpload },
];

function addRoutes(app: FastifyInstance, options: IngestAppOptions): void {
  const { context } = options;
  const methods = new Map<string, string[]>();
  const add = (url: string, own: readonly string[]): void => {
    methods.set(url, [...(methods.get(url) ?? []), ...own]);
  };
  for (const { url: path, methods: own, submit, thank } of SUBMIT_ROUTES) {
    const url = `/api${path}`;
    app.route({ method: [...own], url, handler: submission(submit, context, thank) });
    if (!methods.has(url)) app.options(url, answerPreflight);
    add(url, own);
  }
  const form = '/api/embed/error-page/';
  app.route({ method: ['GET', 'POST'], url: form, handler: errorPage(context) });
  app.options(form, answerFormPreflight);
  add(form, ['GET', 'POST']);
  for (const [url, known] of methods) refuseOtherMethods(app, url, known, context);
  addHealthRoutes(app, options);
}

function refuseOtherMethods(
  app: FastifyInstance,
  url: string,
  known: readonly string[],
  context: IngestContext,
): void {
  app.route({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((method) => !known.includes(method)),
    url,
    handler: (_request, reply) => {
      reply.header('allow', [...known, 'OPTIONS'].join(', '));
      return sendRefusal(reply, refuse(405, 'method not allowed', 'method'), context);
    },
  });
}

function addHealthRoutes(app: FastifyInstance, { isReady, isDraining }: IngestAppOptions): void {
  for (const url of ['/api/relay/healthcheck/live/', '/api/0/relays/live/', '/health/live/']) {
    app.get(url, () => ({ is_healthy: true }));
  }
  for (const url of ['/api/relay/healthcheck/ready/', '/health/ready/']) {
    app.get(url, (_request, reply) => {
      const isHealthy = isReady() && !isDraining();
      return reply.status(isHealthy ? 200 : 503).send({ is_healthy: isHealthy });
    });
  }
}

/** Routes read their bodies themselves: fastify only hands the request on. */
function keepBodiesForRoutes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
}

function setCommonHeaders(raw: ServerResponse): void {
  raw.setHeader('access-control-allow-origin', '*');
  raw.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  raw.setHeader('cross-origin-resource-policy', 'cross-origin');
}

function answerPreflight(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .header('access-control-allow-methods', 'POST')
    .header('access-control-allow-headers', ALLOWED_HEADERS)
    .header('access-control-max-age', '3600')
    .send();
}

/** What is not even HTTP, or came too slowly to be. */
function answerBadHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? ['408 Request Timeout', 'request came too slowly']
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? ['431 Request Header Fields Too Large', 'headers are too large']
        : ['400 Bad Request', 'bad request'];
  const body = JSON.stringify({ detail });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\n` +
      `access-control-expose-headers: ${EXPOSED_HEADERS}\r\ncross-origin-resource-policy: cross-origin\r\n` +
      `x-sentry-error: ${detail}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}
