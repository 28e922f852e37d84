import { createClickHouse } from '@culprit/clickhouse';
import { listen } from '@culprit/notifications';
import { checkSchema, createDatabase, startHeartbeat } from '@culprit/postgres';
import {
  createRegistry,
  type Health,
  observeStores,
  runService,
  serveOperations,
  systemClock,
} from '@culprit/runtime';
import { createMailer } from './channels/email.ts';
import { readConfig } from './config.ts';
import type { AlertsContext } from './context.ts';
import { startJobs } from './jobs.ts';
import { createAlertsMetrics } from './metrics.ts';
import { watchOutbox } from './watch-outbox.ts';

runService('alerts', async ({ logger, signal, selfReport }) => {
  const config = readConfig(process.env);
  const database = createDatabase({
    url: config.databaseUrl,
    applicationName: 'culprit-alerts',
    max: 4,
    logger,
  });
  await checkSchema(database);
  const clickhouse = createClickHouse({ url: config.clickhouseUrl, maxConnections: 2, logger });
  const registry = createRegistry(selfReport);
  observeStores(registry, { postgres: database, clickhouse });
  const context: AlertsContext = {
    database,
    clickhouse,
    clock: systemClock,
    logger,
    metrics: createAlertsMetrics(registry),
    publicUrl: config.publicUrl,
    windowMs: config.windowMs,
    selfReport,
  };
  const mailer = config.smtp === undefined ? undefined : createMailer(config.smtp);
  const jobs = await startJobs(config.databaseUrl, { allowPrivate: config.allowPrivate, mailer }, context);
  const watch = watchOutbox(context, signal);
  const listening = listen({
    url: config.databaseUrl,
    channel: 'outbox',
    onHint: () => watch.look(),
    onConnect: () => watch.look(),
    logger,
    signal,
    applicationName: 'culprit-alerts-listen',
  });
  // A worker that ends by itself has failed for good: the supervisor shall start another.
  void jobs.ended.then((err) => {
    logger.fatal({ err }, 'job worker ended');
    process.exit(1);
  });
  const health = (): Health => {
    const [ofOutbox, ofJobs] = [watch.health(), jobs.health()];
    return ofOutbox.ready && !ofJobs.ready ? { ...ofOutbox, ...ofJobs } : ofOutbox;
  };
  const operations = await serveOperations({
    host: config.operationsHost,
    port: config.operationsPort,
    registry,
    health,
  });
  const heartbeat = startHeartbeat({ database, service: 'alerts', clock: systemClock, logger, health });
  return {
    ready: { operationsPort: operations.port },
    stop: async () => {
      await heartbeat.stop();
      await watch.stop();
      await listening;
      await jobs.stop();
      mailer?.close();
      await operations.close();
      await clickhouse.close();
      await database.close();
    },
  };
});
