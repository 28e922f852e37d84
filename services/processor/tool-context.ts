import { createClickHouse } from '@culprit/clickhouse';
import { type EventLog, openConfiguredLog } from '@culprit/event-log';
import { openConfiguredFiles } from '@culprit/files';
import { checkSchema, createDatabase } from '@culprit/postgres';
import { createLogger, createRegistry, systemClock } from '@culprit/runtime';
import { readConfig } from './config.ts';
import type { ProcessorContext } from './context.ts';
import { createProcessorMetrics } from './metrics.ts';
import { ProjectDirectory } from './project-directory.ts';

export interface ToolContext {
  readonly log: EventLog;
  readonly context: ProcessorContext;
  close(): Promise<void>;
}

/** The parts that a command-line tool shares with the processor; it owns no partition. */
export async function openToolContext(name: string): Promise<ToolContext> {
  const config = readConfig();
  const logger = createLogger({ service: name, level: 'warn' });
  const database = createDatabase({
    url: config.databaseUrl,
    applicationName: `culprit-${name}`,
    statementTimeoutMs: 600_000,
    logger,
  });
  await checkSchema(database);
  const clickhouse = createClickHouse({ url: config.clickhouseUrl, requestTimeoutMs: 600_000, logger });
  const log = await openConfiguredLog(config.log, { clientId: `culprit-${name}`, logger });
  const context: ProcessorContext = {
    topic: log.topic,
    firstOffset: log.firstOffset,
    database,
    clickhouse,
    files: await openConfiguredFiles(config.files),
    projects: new ProjectDirectory(database, systemClock),
    clock: systemClock,
    logger,
    metrics: createProcessorMetrics(createRegistry()),
  };
  return {
    log,
    context,
    close: async () => {
      await log.close();
      await clickhouse.close();
      await database.close();
    },
  };
}
