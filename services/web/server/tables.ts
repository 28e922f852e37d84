import type { System } from '@culprit/api';
import { sql } from '@culprit/postgres';
import type { WebContext } from './context.ts';
import { bytesOfPartitions } from './queries/tables.ts';

const MOST_TABLES = 100;

/** What every table of both stores takes on disk, ClickHouse's by month: what retention will free, and when. */
export async function readTables({
  database,
  clickhouse,
}: Pick<WebContext, 'database' | 'clickhouse'>): Promise<NonNullable<System['tables']>> {
  const [partitions, tables] = await Promise.all([
    clickhouse.query(bytesOfPartitions, {}),
    database.many<{ name: string; bytes: string }>(sql`
      select relname as name, pg_total_relation_size(oid) as bytes from pg_class
      where relkind = 'r' and relnamespace = current_schema()::regnamespace
      order by 2 desc limit ${MOST_TABLES}`),
  ]);
  return {
    clickhouse: partitions,
    postgres: tables.map(({ name, bytes }) => ({ name, bytes: Number(bytes) })),
  };
}
