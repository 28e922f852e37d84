import { noteOwnRelease } from '@culprit/accounts';
import { createClickHouse } from '@culprit/clickhouse';
import { openConfiguredFiles } from '@culprit/files';
import { createDatabase, startHeartbeat } from '@culprit/postgres';
import {
  drainServer,
  type Health,
  observeStores,
  runService,
  serveOperations,
  systemClock,
} from '@culprit/runtime';
import { CLIENT_FOLDER, readConfig } from './config.ts';
import { createWebMetrics, observeSchema } from './metrics.ts';
import { LoginThrottle } from './server/access/login-throttle.ts';
import { PasswordGate } from './server/access/password-gate.ts';
import { buildApp } from './server/app.ts';
import { DiskGauge } from './server/disk.ts';
import { readHealth } from './server/health.ts';
import { openLogReader } from './server/log-reader.ts';
import { readSchemaState } from './server/schema-state.ts';
import { ThroughputGauge } from './server/throughput.ts';

/** While a successor serves: idle connections get this long to be used once more and told to go. Milliseconds. */
const DRAIN_IDLE_MS = 5_000;

runService('web', async ({ logger, selfReport }) => {
  const config = readConfig(process.env);
  const database = createDatabase({ url: config.databaseUrl, applicationName: 'culprit web', logger });
  const clickhouse = createClickHouse({ url: config.clickhouseUrl, maxExecutionSeconds: 15, logger });
  const metrics = createWebMetrics(selfReport);
  observeStores(metrics.registry, { postgres: database, clickhouse });
  observeSchema(metrics.registry, async () => (await readSchemaState(database)).stores);
  const log = openLogReader(config.log);
  const app = await buildApp(
    {
      database,
      clickhouse,
      files: await openConfiguredFiles(config.files),
      log,
      clock: systemClock,
      logger,
      metrics,
      throttle: new LoginThrottle(systemClock),
      passwords: new PasswordGate(),
      publicUrl: config.publicUrl,
      ingestUrl: config.ingestUrl,
      disk: new DiskGauge(config.dataFolder),
      throughput: new ThroughputGauge(),
    },
    { trustedProxies: config.trustedProxies, clientFolder: CLIENT_FOLDER },
  );
  if (selfReport !== undefined) {
    const { projectId, installation } = selfReport;
    // Only a note: where PostgreSQL is away, the pages come up all the same.
    noteOwnRelease(database, { clock: systemClock, projectId, ...installation }).catch((err) =>
      logger.warn({ err }, 'own release could not be noted'),
    );
  }
  const health = (): Promise<Health> => readHealth(database, clickhouse);
  const operations = await serveOperations({
    host: config.operationsHost,
    port: config.operationsPort,
    registry: metrics.registry,
    health,
  });
  const heartbeat = startHeartbeat({ database, service: 'web', clock: systemClock, logger, health });
  let drainingSince: number | undefined;
  app.server.prependListener('request', (_request, answer) => {
    if (drainingSince !== undefined) answer.setHeader('connection', 'close');
  });
  await app.listen({
    host: config.host,
    ...(config.socket === undefined ? { port: config.port } : { fd: config.socket }),
  });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  const stop = async (): Promise<void> => {
    await app.close();
    await heartbeat.stop();
    await operations.close();
    await log.close();
    await clickhouse.close();
    await database.close();
  };
  return {
    ready: { port, operationsPort: operations.port },
    stop,
    drain: async () => {
      const since = performance.now();
      drainingSince = since;
      await drainServer(app.server, () => performance.now() - since > DRAIN_IDLE_MS);
      await stop();
    },
  };
});
