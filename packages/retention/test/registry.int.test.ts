import { defineQuery } from '@culprit/clickhouse';
import { sql } from '@culprit/postgres';
import { type TestClickHouse, type TestDatabase, testClickHouse, testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { CLICKHOUSE_TABLES, POSTGRES_TABLES } from '../src/index.ts';

const tablesAndKeys = defineQuery({
  name: 'test_registry_tables',
  params: {},
  row: z.object({ name: z.string(), sorting_key: z.string(), partition_key: z.string() }),
  sql: 'SELECT name, sorting_key, partition_key FROM system.tables WHERE database = currentDatabase() ORDER BY name',
});
const columns = defineQuery({
  name: 'test_registry_columns',
  params: { table: z.string() },
  row: z.object({ name: z.string(), type: z.string() }),
  sql: `SELECT name, type FROM system.columns
    WHERE database = currentDatabase() AND table = {table:String} ORDER BY position`,
});

let postgres: TestDatabase;
let clickhouse: TestClickHouse;
beforeAll(async () => {
  [postgres, clickhouse] = await Promise.all([testDatabase(), testClickHouse()]);
});
afterAll(async () => {
  await Promise.all([postgres.drop(), clickhouse.drop()]);
});

describe('the list of tables', () => {
  test('names every table of PostgreSQL once', async () => {
    const rows = await postgres.database.many<{ name: string }>(sql`
      select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace`);
    expect(POSTGRES_TABLES.map(({ name }) => name).sort()).toEqual(
      // Written down by the runner of the migrations, which a clone of the template has as well.
      [...new Set([...rows.map(({ name }) => name), 'schema_migrations', 'schema_state'])].sort(),
    );
  });

  test('says of every table that names a project or an issue how its rows are deleted', async () => {
    const rows = await postgres.database.many<{ name: string; column: string }>(sql`
      select c.relname as name, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
        and a.attname in ('project_id', 'issue_id')`);
    const known = new Map(POSTGRES_TABLES.map((table) => [table.name, table]));
    // `deletions` is the record of what went; a discarded hash outlives its issue, that is its purpose.
    const silent = rows.filter(({ name, column }) => {
      const table = known.get(name);
      if (name === 'deletions' || (name === 'discarded_hashes' && column === 'issue_id')) return false;
      return column === 'project_id' ? table?.ofProject === null : table?.ofIssue !== 'issue_id';
    });
    expect(silent).toEqual([]);
  });

  test('deletes what names something before what is named', async () => {
    const references = await postgres.database.many<{ child: string; parent: string }>(sql`
      select c.relname as child, p.relname as parent from pg_constraint f
      join pg_class c on c.oid = f.conrelid join pg_class p on p.oid = f.confrelid
      where f.contype = 'f' and c.oid <> p.oid`);
    const place = (name: string): number => POSTGRES_TABLES.findIndex((table) => table.name === name);
    const deleted = references.filter(({ parent }) =>
      POSTGRES_TABLES.some(({ name, ofProject }) => name === parent && ofProject !== null),
    );
    expect(deleted.length).toBeGreaterThan(5);
    expect(deleted.filter(({ child, parent }) => place(child) > place(parent))).toEqual([]);
  });

  test('names every table of ClickHouse, with its sort key and whether it is divided by month', async () => {
    const rows = await clickhouse.clickhouse.query(tablesAndKeys, {});
    expect(CLICKHOUSE_TABLES.map(({ name }) => name).sort()).toEqual(rows.map(({ name }) => name));
    for (const { name, sorting_key, partition_key } of rows) {
      const table = CLICKHOUSE_TABLES.find((one) => one.name === name);
      expect(table?.key.map((column) => column.name).join(', ')).toBe(
        `${sorting_key}, log_partition, log_offset`,
      );
      expect(table?.isMonthly).toBe(partition_key === 'toYYYYMM(received)');
    }
  });

  test('knows the types of the keys', async () => {
    for (const { name, key } of CLICKHOUSE_TABLES) {
      const types = new Map(
        (await clickhouse.clickhouse.query(columns, { table: name })).map((row) => [row.name, row.type]),
      );
      const plain = (type: string | undefined) => type?.replace(/^LowCardinality\((.*)\)$/, '$1');
      expect(key.map((column) => plain(types.get(column.name)))).toEqual(key.map(({ type }) => type));
    }
  });

  test('can copy an event to the exemplars: both tables have the same columns', async () => {
    const events = await clickhouse.clickhouse.query(columns, { table: 'events' });
    expect(await clickhouse.clickhouse.query(columns, { table: 'exemplars' })).toEqual(events);
  });
});
