import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedClickHouse, startEmbeddedPostgres } from '@culprit/embedded';
import { createDatabase, identifier, migratePostgres, sql } from '@culprit/postgres';
import { silentLogger } from '@culprit/runtime';
import type { TestProject } from 'vitest/node';
import { databaseUrl } from './database-url.ts';
import { serveKafka } from './kafka-starter.ts';
import { migrationsFolder } from './migrations-folder.ts';
import type {} from './provided.ts';

interface Store {
  readonly url: string;
  stop(): Promise<void>;
}

/** Vitest would end without a teardown, and PostgreSQL would outlive it. */
const SIGNALS = ['SIGTERM', 'SIGHUP'] as const;

/**
 * One PostgreSQL, one ClickHouse and, when a test asks for it, one Kafka for all test files of a run, in a temporary folder. With `CULPRIT_TEST_DATABASE_URL`,
 * `CULPRIT_TEST_CLICKHOUSE_URL` or `CULPRIT_TEST_KAFKA_BROKERS` that server is used instead (tests make databases of their own there and drop them).
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'culprit-test-'));
  await chmod(folder, 0o711); // PostgreSQL started as root runs as another user, who must get through
  const kafka = await serveKafka(join(folder, 'kafka'));
  const started = await Promise.allSettled([startPostgres(folder), startClickHouse(folder)]);
  const stores = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const teardown = async (): Promise<void> => {
    for (const name of SIGNALS) process.off(name, onSignal);
    await Promise.all([kafka, ...stores].map((store) => store.stop()));
    await rm(folder, { recursive: true, force: true });
  };
  const onSignal = (): void => {
    teardown().finally(() => process.exit(1));
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    for (const result of started) if (result.status === 'rejected') throw result.reason;
    const [postgres, clickhouse] = stores;
    if (postgres === undefined || clickhouse === undefined) throw new Error('a store did not start');
    const templateDatabase = await createTemplate(postgres.url);
    project.provide('culpritStores', {
      postgresUrl: postgres.url,
      templateDatabase,
      clickhouseUrl: clickhouse.url,
      kafkaStarterUrl: kafka.url,
    });
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}

async function startPostgres(folder: string): Promise<Store> {
  const url = process.env.CULPRIT_TEST_DATABASE_URL;
  if (url !== undefined && url !== '') return { url, stop: async () => {} };
  return startEmbeddedPostgres({
    dataFolder: join(folder, 'postgres'),
    password: randomBytes(12).toString('hex'),
    logger: silentLogger(),
  });
}

async function startClickHouse(folder: string): Promise<Store> {
  const url = process.env.CULPRIT_TEST_CLICKHOUSE_URL;
  if (url !== undefined && url !== '') return { url, stop: async () => {} };
  return startEmbeddedClickHouse({
    dataFolder: join(folder, 'clickhouse'),
    password: randomBytes(12).toString('hex'),
    logger: silentLogger(),
  });
}

/** Migrating once and cloning takes a test 50 ms instead of a second. */
async function createTemplate(url: string): Promise<string> {
  const name = `culprit_template_${randomBytes(4).toString('hex')}`;
  const admin = createDatabase({ url, applicationName: 'testkit', max: 1 });
  await admin.execute(sql`create database ${identifier(name)}`).finally(() => admin.close());
  const database = createDatabase({ url: databaseUrl(url, name), applicationName: 'testkit', max: 2 });
  const directory = migrationsFolder('postgres');
  await migratePostgres({ database, directory, logger: silentLogger() }).finally(() => database.close());
  return name;
}
