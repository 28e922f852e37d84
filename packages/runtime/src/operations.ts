import { fastify } from 'fastify';
import type { Registry } from 'prom-client';

/** Health means that work moves, not that a process lives. */
export interface Health {
  readonly ready: boolean;
  /** Why it is not ready, for a person: no values of events, nothing secret. */
  readonly detail?: string | undefined;
  /** Facts for the operator: numbers and words, nothing secret. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface OperationsOptions {
  readonly host: string;
  readonly port: number;
  readonly registry: Pick<Registry, 'metrics' | 'contentType'>;
  readonly health: () => Health | Promise<Health>;
  /** Milliseconds after which a health check that does not answer counts as not ready. Default 5,000. */
  readonly healthPatienceMs?: number;
}

const HEALTH_PATIENCE_MS = 5_000;

/**
 * Serves `/metrics`, `/health/live` and `/health/ready` (503 while not ready, with the reason in `detail`). Keep it on loopback or a private
 * network.
 */
export async function serveOperations(options: OperationsOptions): Promise<OperationsServer> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get('/metrics', async (_request, reply) => {
    const [text, health] = await Promise.all([options.registry.metrics(), checkHealth(options)]);
    return reply.type(options.registry.contentType).send(`${text}\n${readyMetric(health)}`);
  });
  app.get('/health/live', async () => ({ live: true }));
  app.get('/health/ready', async (_request, reply) => {
    const { ready, detail, facts } = await checkHealth(options);
    return reply
      .status(ready ? 200 : 503)
      .send({ ready, ...(ready ? {} : { detail: detail ?? 'not ready' }), ...facts });
  });
  await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => app.close(),
  };
}

/** The service's health; one that cannot be found out is bad. */
export async function checkHealth(
  options: Pick<OperationsOptions, 'health' | 'healthPatienceMs'>,
): Promise<Health> {
  const patience = options.healthPatienceMs ?? HEALTH_PATIENCE_MS;
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<Health>((resolve) => {
    const detail = `the health check did not answer within ${patience / 1000} s`;
    timer = setTimeout(() => resolve({ ready: false, detail }), patience);
  });
  try {
    return await Promise.race([options.health(), tooLong]);
  } catch {
    return { ready: false, detail: 'the health check failed' };
  } finally {
    clearTimeout(timer);
  }
}

function readyMetric({ ready }: Health): string {
  return (
    '# HELP culprit_ready 1 when the service is ready, which means that its work moves.\n' +
    `# TYPE culprit_ready gauge\nculprit_ready ${ready ? 1 : 0}\n`
  );
}
