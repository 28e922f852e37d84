import type { EventLog, SpooledEventLog } from '@culprit/event-log';
import { openConfiguredFiles } from '@culprit/files';
import { listen } from '@culprit/notifications';
import { createDatabase, startHeartbeat } from '@culprit/postgres';
import {
  createRegistry,
  drainServer,
  observeStores,
  type RunningService,
  type ServiceContext,
  systemClock,
} from '@culprit/runtime';
import { AppendWatch } from './accept/append-watch.ts';
import { OutcomeLedger } from './accept/outcome-ledger.ts';
import { seldom } from './accept/seldom.ts';
import { Admission } from './admission.ts';
import { buildIngestApp } from './app.ts';
import { answerMetrics } from './cluster/metrics-exchange.ts';
import type { IngestConfig } from './config.ts';
import type { IngestContext } from './context.ts';
import { DiskWatch } from './disk-watch.ts';
import { LeaseBook } from './limits/lease-book.ts';
import { Limiter } from './limits/limiter.ts';
import { postgresLeases } from './limits/postgres-leases.ts';
import { createIngestMetrics, observeWorker } from './metrics.ts';
import { openIngestLog } from './open-log.ts';
import { postgresSource } from './snapshot/postgres-source.ts';
import { SnapshotKeeper } from './snapshot/snapshot-keeper.ts';
import { trustedProxies } from './trusted-proxies.ts';

/** One of the processes that answer requests. */
export async function startWorker(config: IngestConfig, service: ServiceContext): Promise<RunningService> {
  const { logger, selfReport } = service;
  const clock = systemClock;
  const registry = createRegistry(selfReport);
  const metrics = createIngestMetrics(registry);
  const database = createDatabase({
    url: config.databaseUrl,
    max: 1,
    applicationName: 'culprit-ingest',
    logger,
  });
  observeStores(registry, { postgres: database });
  const eventLog = await openIngestLog(config, { database, registry, logger });
  const log = new AppendWatch(eventLog, clock, metrics);
  const files = await openConfiguredFiles(config.files);
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
  const disk = new DiskWatch(config, admission, service);
  const outcomes = new OutcomeLedger({ log, clock, logger, metrics });
  // A connection of its own, made when the first quota is used: what else is asked takes its time.
  const quotas = createDatabase({
    url: config.databaseUrl,
    max: 1,
    applicationName: 'culprit-ingest-quotas',
    statementTimeoutMs: 2_000,
    logger,
  });
  const leases = new LeaseBook({ source: postgresLeases(quotas), clock, logger, metrics });
  const context: IngestContext = {
    clock,
    logger,
    log,
    files,
    keys,
    outcomes,
    metrics,
    admission,
    limiter: new Limiter({ leases, clock, hardFactor: config.hardFactor }),
    limits: config.limits,
    isTrustedProxy: trustedProxies(config.trustedProxies),
    onStoreFailure: seldom(clock, (err, untold) => logger.error({ err, untold }, 'append failed')),
    selfReport,
  };
  observeWorker(registry, {
    inflightRequests: () => admission.requests,
    inflightBytes: () => admission.bytes,
    snapshotAgeMs: () => keys.ageMs,
    keys: () => keys.directory?.size ?? 0,
    freeDiskBytes: () => disk.freeBytes,
  });
  let isDraining = false;
  const whyNot = (): string | undefined => whyNotReady(keys, admission) ?? log.whyNot();
  const app = buildIngestApp({
    context,
    isReady: () => whyNot() === undefined,
    isDraining: () => isDraining,
  });
  await app.listen({
    host: config.host,
    ...(config.socket === undefined ? { port: config.port } : { fd: config.socket }),
  });
  const stopMetrics = answerMetrics(registry, whyNot, logger);
  const heartbeat = startHeartbeat({
    database,
    service: 'ingest',
    clock,
    logger,
    health: async () => ({
      ready: whyNot() === undefined,
      detail: whyNot(),
      facts: await spoolFacts(eventLog),
    }),
  });

  let isStopping = false;
  const finish = async (): Promise<void> => {
    isDraining = true;
    await drainServer(app.server, () => isStopping);
    await app.close();
    await outcomes.close();
    await eventLog.close();
    await leases.close();
    await quotas.close();
    hints.abort();
    await listening;
    await keys.stop();
    await heartbeat.stop();
    await database.close();
    disk.stop();
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

function whyNotReady(keys: SnapshotKeeper, admission: Admission): string | undefined {
  if (!keys.isTrusted()) return 'projects and keys are not known, or were not confirmed for 24 hours';
  return admission.isDiskFull ? 'the disk is nearly full' : undefined;
}

/** What the System page tells of a spool. */
async function spoolFacts(log: EventLog | SpooledEventLog): Promise<Record<string, number>> {
  if (!('figures' in log)) return {};
  const { waiting, bytes } = await log.figures();
  return { spoolRecords: waiting, spoolBytes: bytes };
}
