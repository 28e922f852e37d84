import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@culprit/runtime';
import {
  migrationsFolder,
  type TemporaryFolder,
  type TestClickHouse,
  type TestDatabase,
  temporaryFolder,
  testClickHouse,
  testDatabase,
} from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { clickhouseStatements, defineQuery, migrateClickHouse } from '../src/index.ts';

let records: TestDatabase;
let store: TestClickHouse;
let folder: TemporaryFolder;

beforeEach(async () => {
  records = await testDatabase({ empty: true });
  store = await testClickHouse({ empty: true });
  folder = await temporaryFolder();
});
afterEach(async () => {
  await Promise.all([records.drop(), store.drop(), folder.remove()]);
});

const tables = defineQuery({
  name: 'test_tables',
  params: {},
  row: z.object({ name: z.string() }),
  sql: 'SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name',
});

function migrate(directory: string): Promise<readonly string[]> {
  return migrateClickHouse({
    clickhouse: store.clickhouse,
    database: records.database,
    directory,
    logger: silentLogger(),
  });
}

const directory = migrationsFolder('clickhouse');
const files = readdirSync(directory).sort();

async function tableNames(): Promise<readonly string[]> {
  return (await store.clickhouse.query(tables, {})).map((row) => row.name);
}

test('applies the files of this repository, by several processes at once, each once', async () => {
  const applied = await Promise.all([migrate(directory), migrate(directory), migrate(directory)]);
  expect(applied.flat()).toEqual(files);
  expect(await tableNames()).toEqual([
    'attachments',
    'check_ins',
    'events',
    'exemplars',
    'outcomes',
    'sessions',
    'user_reports',
  ]);
});

test('makes the database where it is missing, and then applies everything again', async () => {
  await migrate(directory);
  await store.clickhouse.command(`DROP DATABASE ${store.database}`);
  expect(await migrate(directory)).toEqual(files);
  expect(await tableNames()).toContain('events');
});

test('a statement whose record was lost is repeated without harm', async () => {
  for (const { statement } of await clickhouseStatements(directory))
    await store.clickhouse.command(statement);
  expect(await migrate(directory)).toEqual(files);
});

test('refuses an applied file that was edited, and one with two statements', async () => {
  const file = join(folder.path, '0001_a.sql');
  await writeFile(file, 'CREATE TABLE IF NOT EXISTS a (n Int8)\nENGINE = MergeTree\nORDER BY n;\n');
  await migrate(folder.path);
  await writeFile(file, 'CREATE TABLE IF NOT EXISTS a (n Int16)\nENGINE = MergeTree\nORDER BY n;\n');
  await expect(migrate(folder.path)).rejects.toMatchObject({ code: 'migration_edited' });
  await writeFile(join(folder.path, '0002_b.sql'), 'SELECT 1; SELECT 2');
  await expect(clickhouseStatements(folder.path)).rejects.toMatchObject({ code: 'migration' });
});

test('a cluster differs in two places of each new table and one of each changed table, and nowhere else', async () => {
  const cluster = { engine: 'ReplicatedMergeTree', onCluster: "ON CLUSTER '{cluster}'" };
  const plain = await clickhouseStatements(migrationsFolder('clickhouse'));
  const changed = await clickhouseStatements(migrationsFolder('clickhouse'), cluster);
  const back = changed.map(({ name, statement }) => ({
    name,
    statement: statement.replace(` ${cluster.onCluster}`, '').replace(cluster.engine, 'MergeTree'),
  }));
  expect(changed[0]?.statement).toContain("CREATE TABLE IF NOT EXISTS events ON CLUSTER '{cluster}'");
  for (const { statement } of changed) {
    expect(statement).toContain(cluster.onCluster);
    if (statement.includes('CREATE TABLE')) expect(statement).toContain('ENGINE = ReplicatedMergeTree\n');
  }
  expect(back).toEqual(plain);
});
