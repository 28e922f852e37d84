import cluster from 'node:cluster';
import {
  Registry,
  type RunningService,
  runService,
  type ServiceContext,
  serveOperations,
} from '@culprit/runtime';
import { MetricsSum } from './cluster/metrics-exchange.ts';
import { Workers } from './cluster/primary.ts';
import { readConfig } from './config.ts';
import { observeWorkers } from './metrics.ts';
import { startWorker } from './worker.ts';

/** The parent: holds the socket, keeps the workers alive, replaces them on SIGHUP or on the message `{kind: 'roll'}`. */
async function startParent({ logger }: ServiceContext): Promise<RunningService> {
  const config = readConfig(process.env);
  const sum = new MetricsSum();
  const workers = new Workers({
    count: config.workers,
    logger,
    // Each partition of the log occupies up to two threads of libuv's pool while it writes; files and streamed bodies need some, too.
    env: {
      UV_THREADPOOL_SIZE: String(2 * config.log.partitions + 8),
      ...(config.socket === undefined ? {} : { CULPRIT_LISTEN_FD: String(config.socket) }),
    },
    onLastMetrics: (metrics) => sum.retire(metrics),
    ...(config.socket === undefined ? {} : { onAllLost: () => endAfterLoss(logger) }),
  });
  await workers.start();
  const tell = (kind: 'rolled' | 'roll_failed'): void => {
    // Who asked may be gone by now; there is nobody to be told then.
    if (process.connected) process.send?.({ kind });
  };
  const roll = (): void => {
    workers.roll().then(
      () => tell('rolled'),
      (err) => {
        logger.error({ err }, 'roll failed');
        tell('roll_failed');
      },
    );
  };
  process.on('SIGHUP', roll);
  process.on('message', (message: { kind?: unknown }) => {
    if (message?.kind === 'roll') roll();
  });
  const own = new Registry();
  observeWorkers(own, () => workers.serving.length);
  const operations = await serveOperations({
    host: config.operationsHost,
    port: config.operationsPort,
    registry: {
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      metrics: async () => {
        const { registry } = await sum.collect(workers.serving);
        return `${await registry.metrics()}\n${await own.metrics()}`;
      },
    },
    health: async () => {
      const { readyWorkers, detail } = await sum.collect(workers.serving);
      return {
        ready: readyWorkers > 0,
        detail: detail ?? 'no worker answers',
        facts: { workers: workers.serving.length, readyWorkers },
      };
    },
  });
  return {
    ready: { port: workers.port, operationsPort: operations.port },
    stop: async () => {
      await workers.stop();
      await operations.close();
    },
    drain: async () => {
      await workers.drain();
      await operations.close();
    },
  };
}

/** Whoever handed the socket down starts this service again; until then connections wait in the socket's queue. */
function endAfterLoss(logger: ServiceContext['logger']): void {
  logger.fatal('all workers have died, ending for a fresh start');
  process.exit(1);
}

if (cluster.isPrimary) runService('ingest', startParent);
else runService('ingest', (service) => startWorker(readConfig(process.env), service));
