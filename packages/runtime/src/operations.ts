import { fastify } from 'fastify';
import type { Registry } from 'prom-client';

/** Health means that work moves, not that a process lives. */
export interface Health {
  readonly ready: boolean;
  /** Facts for the operator: numbers and words, nothing secret. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves `/metrics`, `/health/live` and `/health/ready` (503 while not ready). Keep it on loopback or a private network. */
export async function serveOperations(options: {
  readonly host: string;
  readonly port: number;
  readonly registry: Pick<Registry, 'metrics' | 'contentType'>;
  readonly health: () => Health | Promise<Health>;
}): Promise<OperationsServer> {
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.get('/metrics', async (_request, reply) => {
    const text = await options.registry.metrics();
    return reply.type(options.registry.contentType).send(text);
  });
  app.get('/health/live', async () => ({ live: true }));
  app.get('/health/ready', async (_request, reply) => {
    const health = await options.health();
    return reply.status(health.ready ? 200 : 503).send({ ready: health.ready, ...health.facts });
  });
  await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: () => app.close(),
  };
}
