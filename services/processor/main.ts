import { randomBytes } from 'node:crypto';
import { createClickHouse } from '@culprit/clickhouse';
import { openConfiguredLog } from '@culprit/event-log';
import { openConfiguredFiles } from '@culprit/files';
import { checkSchema, createDatabase, PostgresLeases, startHeartbeat } from '@culprit/postgres';
import {
  createRegistry,
  type Health,
  observeStores,
  runService,
  serveOperations,
  systemClock,
} from '@culprit/runtime';
import { beginTopic } from './begin-topic.ts';
import { readConfig } from './config.ts';
import { BATCH_LIMITS, BatchHandler } from './consumer.ts';
import type { ProcessorContext } from './context.ts';
import { openGeoDatabase } from './geo.ts';
import { startMaintenance } from './maintenance/maintain.ts';
import { createProcessorMetrics } from './metrics.ts';
import { watchProgress } from './progress.ts';
import { ProjectDirectory } from './project-directory.ts';
import { watchReplays } from './replays.ts';

runService('processor', async ({ logger, signal, selfReport }) => {
  const config = readConfig();
  const database = createDatabase({ url: config.databaseUrl, applicationName: 'culprit-processor', logger });
  await checkSchema(database);
  const clickhouse = createClickHouse({ url: config.clickhouseUrl, logger });
  const files = await openConfiguredFiles(config.files);
  const log = await openConfiguredLog(config.log, {
    leases: new PostgresLeases(database),
    clientId: 'culprit-processor',
    logger,
  });
  await beginTopic(log, database);
  const geo = config.geoFile === undefined ? undefined : await openGeoDatabase(config.geoFile, logger);
  const registry = createRegistry(selfReport);
  observeStores(registry, { postgres: database, clickhouse });
  const context: ProcessorContext = {
    topic: log.topic,
    firstOffset: log.firstOffset,
    database,
    clickhouse,
    files,
    projects: new ProjectDirectory(database, systemClock),
    geo: geo?.lookup,
    retentionDays: config.retentionDays,
    clock: systemClock,
    logger,
    metrics: createProcessorMetrics(registry),
    selfReport,
  };
  const handler = new BatchHandler(log, context);
  const progress = watchProgress(log, context, signal, () => handler.owned);
  const replays = watchReplays(log, context);
  const maintenance = startMaintenance(log, context, {
    defaultDays: config.retentionDays,
    deletionsEveryMs: config.deletionsEveryMs,
  });
  const health = (): Health => progress.health();
  const operations = await serveOperations({
    host: config.operationsHost,
    port: config.operationsPort,
    registry,
    health,
  });
  const heartbeat = startHeartbeat({ database, service: 'processor', clock: systemClock, logger, health });
  const consuming = log.consume(handler, {
    ...BATCH_LIMITS,
    ownerId: randomBytes(8).toString('hex'),
    signal,
    lingerMs: config.lingerMs,
    onError: (err, partition) => logger.warn({ err, partition }, 'partition is put off'),
  });
  // A consumer that ends by itself has failed for good: the supervisor shall start another.
  consuming.catch((err) => {
    logger.fatal({ err }, 'consumer failed');
    process.exit(1);
  });

  return {
    ready: { operationsPort: operations.port },
    stop: async () => {
      await consuming;
      progress.stop();
      await replays.stop();
      await maintenance.stop();
      geo?.close();
      await heartbeat.stop();
      await operations.close();
      await log.close();
      await clickhouse.close();
      await database.close();
    },
  };
});
