import { join } from 'node:path';
import { createClickHouse, migrateClickHouse } from '@culprit/clickhouse';
import {
  type EmbeddedStore,
  startEmbeddedClickHouse,
  startEmbeddedKafka,
  startEmbeddedPostgres,
} from '@culprit/embedded';
import { createDatabase, migratePostgres } from '@culprit/postgres';
import type { Logger } from '@culprit/runtime';
import type { RunningPart } from './part.ts';
import { identityOf, signalProcess } from './process-identity.ts';

/** Starts a store as a part that can be kept running. */
export async function startStore(
  kind: 'postgres' | 'clickhouse',
  options: { dataFolder: string; port: number; password: string; logger: Logger },
): Promise<RunningPart> {
  const store: EmbeddedStore =
    kind === 'postgres' ? await startEmbeddedPostgres(options) : await startEmbeddedClickHouse(options);
  const identity = identityOf(store.pid);
  return {
    pid: store.pid,
    facts: { port: store.port },
    exited: store.exited,
    stop: () => store.stop(),
    // PostgreSQL's children outlive a SIGKILL for a moment; SIGQUIT ends them all at once and is as safe as a crash.
    kill: () => signalProcess(identity, kind === 'postgres' ? 'SIGQUIT' : 'SIGKILL'),
  };
}

/** Starts Kafka, one broker, as a part that can be kept running. */
export async function startKafka(options: {
  dataFolder: string;
  port: number;
  logger: Logger;
}): Promise<RunningPart> {
  const kafka = await startEmbeddedKafka({ ...options, flushesEach: true });
  const [{ pid } = { pid: 0 }] = kafka.nodes;
  const identity = identityOf(pid);
  return {
    pid,
    facts: { port: options.port },
    exited: kafka.exited,
    stop: () => kafka.stop(),
    kill: () => signalProcess(identity, 'SIGKILL'),
  };
}

/** URL of an embedded store; what `packages/embedded` answers at its start, known before. */
export function embeddedUrl(kind: 'postgres' | 'clickhouse', port: number, password: string): string {
  const scheme = kind === 'postgres' ? 'postgres' : 'http';
  return `${scheme}://culprit:${encodeURIComponent(password)}@127.0.0.1:${port}/culprit`;
}

/** @param root of the release whose migrations they are. */
export async function migrateDatabase(databaseUrl: string, logger: Logger, root: string): Promise<void> {
  const database = createDatabase({ url: databaseUrl, applicationName: 'culprit-local', max: 2, logger });
  try {
    await migratePostgres({ database, directory: join(root, 'migrations', 'postgres'), logger });
  } finally {
    await database.close();
  }
}

/** After `migrateDatabase`: what was applied is recorded there. */
export async function migrateEvents(
  urls: { databaseUrl: string; clickhouseUrl: string },
  logger: Logger,
  root: string,
): Promise<void> {
  const database = createDatabase({
    url: urls.databaseUrl,
    applicationName: 'culprit-local',
    max: 2,
    logger,
  });
  const clickhouse = createClickHouse({ url: urls.clickhouseUrl, logger });
  try {
    await migrateClickHouse({
      clickhouse,
      database,
      directory: join(root, 'migrations', 'clickhouse'),
      logger,
    });
  } finally {
    await clickhouse.close();
    await database.close();
  }
}
