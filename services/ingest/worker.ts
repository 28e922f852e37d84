import { statfs } from 'node:fs/promises';
import { openConfiguredLog } from '@culprit/event-log';
import { openFileStore } from '@culprit/files';
import { listen } from '@culprit/notifications';
import { createDatabase } from '@culprit/postgres';
import {
  createRegistry,
  drainServer,
  type RunningService,
  type ServiceContext,
  systemClock,
} from '@culprit/runtime';
import { OutcomeLedger } from './accept/outcome-ledger.ts';
import { Admission } from './admission.ts';
import { buildIngestApp } from './app.ts';
import { answerMetrics } from './cluster/metrics-exchange.ts';
import type { IngestConfig } from './config.ts';
import type { IngestContext } from './context.ts';
import { createIngestMetrics, observeWorker } from './metrics.ts';
import { postgresSource } from './snapshot/postgres-source.ts';
import { SnapshotKeeper } from './snapshot/snapshot-keeper.ts';
import { trustedProxies } from './trusted-proxies.ts';

const DISK_CHECK_MS = 2_000;

/** One of the processes that answer requests. */
export async function startWorker(config: IngestConfig, service: ServiceContext): Promise<RunningService> {
  const { logger } = service;
  const clock = systemClock;
  const registry = createRegistry();
  const metrics = createIngestMetrics(registry);
  const log = await openConfiguredLog(config.log, {
    minimumFreeBytes: config.limits.minFreeBytes,
    opensWithoutBrokers: true,
    clientId: 'culprit-ingest',
    logger,
  });
  const files = await openFileStore(config.filesFolder);
  const database = createDatabase({
    url: config.databaseUrl,
    max: 1,
    applicationName: 'culprit-ingest',
    logger,
  });
  const keys = new SnapshotKeeper({
    source: postgresSource(database),
    path: config.snapshotFile,
    clock,
    logger,
  });
  await keys.start();
  const hints = new AbortController();
  const listening = listen({
    url: config.databaseUrl,
    channel: 'config_changed',
    onHint: () => keys.hint(),
    onConnect: () => keys.hint(),
    logger,
    signal: hints.signal,
    applicationName: 'culprit-ingest',
  });
  const admission = new Admission(config.limits);
  const disk = watchDisk(config, admission, service);
  const outcomes = new OutcomeLedger({ log, clock, logger, metrics });
  const context: IngestContext = {
    clock,
    logger,
    log,
    files,
    keys,
    outcomes,
    metrics,
    admission,
    limits: config.limits,
    isTrustedProxy: trustedProxies(config.trustedProxies),
  };
  observeWorker(registry, {
    inflightRequests: () => admission.requests,
    inflightBytes: () => admission.bytes,
    snapshotAgeMs: () => keys.ageMs,
    keys: () => keys.directory?.size ?? 0,
  });
  let isDraining = false;
  const isReady = (): boolean => keys.isTrusted() && !admission.isDiskFull;
  const app = buildIngestApp({ context, isReady, isDraining: () => isDraining });
  await app.listen({
    host: config.host,
    ...(config.socket === undefined ? { port: config.port } : { fd: config.socket }),
  });
  const stopMetrics = answerMetrics(registry, isReady);

  let isStopping = false;
  const finish = async (): Promise<void> => {
    isDraining = true;
    await drainServer(app.server, () => isStopping);
    await app.close();
    await outcomes.close();
    await log.close();
    hints.abort();
    await listening;
    await keys.stop();
    await database.close();
    clearInterval(disk);
    await stopMetrics();
  };
  // A stop may come while the worker is being replaced: it then only hurries.
  let finishing: Promise<void> | undefined;
  // The parent is gone. The cluster module would call process.exit, which waits for the log's writer threads and may wait for ever, with
  // the log's locks and the port kept from the successor. What was acknowledged is on the disk, and the system frees locks.
  process.prependListener('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return {
    ready: { port },
    stop: () => {
      isStopping = true;
      finishing ??= finish();
      return finishing;
    },
    drain: () => {
      finishing ??= finish();
      return finishing;
    },
  };
}

/** Refuses everything while there is too little disk: a log that stops half-way through a write helps nobody. */
function watchDisk(config: IngestConfig, admission: Admission, { logger }: ServiceContext): NodeJS.Timeout {
  const check = async (): Promise<void> => {
    try {
      const { bavail, bsize } = await statfs(
        config.log.mode === 'lmdb' ? config.log.folder : config.filesFolder,
      );
      const isFull = bavail * bsize < config.limits.minFreeBytes;
      if (isFull !== admission.isDiskFull) logger.warn({ isFull, freeBytes: bavail * bsize }, 'disk space');
      admission.setDiskFull(isFull);
    } catch (err) {
      logger.warn({ err }, 'disk space cannot be read');
    }
  };
  void check();
  return setInterval(check, DISK_CHECK_MS);
}
