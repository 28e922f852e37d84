import { count, defineQuery, type QueryDefinition } from '@culprit/clickhouse';
import { CLICKHOUSE_TABLES, type ClickHouseTable } from '@culprit/retention';
import { z } from 'zod';

/**
 * Rows that PostgreSQL's copy knows of: below its positions. What is stored above them is stored again from the copied records. Rows of no
 * partition of the log (repairs) are always in.
 */
const COMMITTED =
  '(log_offset < arrayElement({positions:Array(UInt64)}, log_partition + 1) OR log_partition >= length({positions:Array(UInt64)}))';

/** Months with rows (`202611`); of a table that is one piece: 0. */
export const monthsOfTable = defineQuery({
  name: 'backup_months',
  params: { table: z.string() },
  row: z.object({ month: z.number() }),
  sql: `SELECT DISTINCT toUInt32OrZero(partition) AS month FROM system.parts
    WHERE database = currentDatabase() AND table = {table:String} AND active ORDER BY month`,
});

export const runningMutations = defineQuery({
  name: 'backup_running_mutations',
  params: {},
  row: z.object({ running: count }),
  sql: 'SELECT count() AS running FROM system.mutations WHERE database = currentDatabase() AND NOT is_done',
});

export const engineVersion = defineQuery({
  name: 'backup_engine_version',
  params: {},
  row: z.object({ version: z.string() }),
  sql: 'SELECT version() AS version',
});

/** Rows that are there, per table; 0 for one that is not. */
export const rowsOfTables = defineQuery({
  name: 'backup_rows_of_tables',
  params: { tables: z.array(z.string()) },
  row: z.object({ rows: count }),
  sql: `SELECT sum(rows) AS rows FROM system.parts
    WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)}`,
});

const boundShape = { positions: z.array(z.number()), month: z.number(), project: z.number() };

/** The queries that walk through one table in the order of its key. */
export interface TableQueries {
  readonly table: ClickHouseTable;
  /** Names of the key's columns after `project_id`. */
  readonly key: readonly string[];
  readonly projects: QueryDefinition<
    { positions: z.ZodArray<z.ZodNumber>; month: z.ZodNumber },
    z.ZodObject<{ project: z.ZodNumber }>
  >;
  /** Keys (`k0`, `k1`, …, as text) and about how many bytes each row has, behind a key. */
  readonly bounds: QueryDefinition;
  /** Rows behind one key, up to and with another. */
  readonly rows: QueryDefinition;
}

/** Rows that one look ahead sees: some MiB of keys and sizes. */
export const LOOK_AHEAD = 4_000;

export const TABLE_QUERIES: readonly TableQueries[] = CLICKHOUSE_TABLES.map(queriesOf);

function queriesOf(table: ClickHouseTable): TableQueries {
  const columns = table.key.slice(1);
  const names = columns.map(({ name }) => name).join(', ');
  const placeholders = (prefix: string): string =>
    columns.map(({ type }, i) => `{${prefix}${i}:${type}}`).join(', ');
  const month = table.isMonthly ? 'toYYYYMM(received) = {month:UInt32}' : '{month:UInt32} = 0';
  const first = columns[0];
  if (first === undefined) throw new Error(`${table.name} has no sort key`);
  // The first column again by itself: that is what the primary index understands.
  const behind = `({fresh:UInt8} = 1 OR (${first.name} >= {from0:${first.type}} AND (${names}) > (${placeholders('from')})))`;
  const where = `project_id = {project:UInt32} AND ${month} AND ${COMMITTED} AND ${behind}`;
  const keyShape = (prefix: string): Record<string, z.ZodString> =>
    Object.fromEntries(columns.map((_, i) => [`${prefix}${i}`, z.string()]));
  const behindShape = { ...boundShape, fresh: z.number(), ...keyShape('from') };
  return {
    table,
    key: columns.map(({ name }) => name),
    projects: defineQuery({
      name: `backup_projects_${table.name}`,
      params: { positions: z.array(z.number()), month: z.number() },
      row: z.object({ project: z.number() }),
      sql: `SELECT DISTINCT project_id AS project FROM ${table.name} WHERE ${month} AND ${COMMITTED} ORDER BY project`,
    }),
    bounds: defineQuery({
      name: `backup_bounds_${table.name}`,
      params: behindShape as z.ZodRawShape,
      row: z.record(z.string(), z.string()) as z.ZodType,
      sql: `SELECT ${columns.map(({ name }, i) => `toString(${name}) AS k${i}`).join(', ')}, toString(${table.rowBytes}) AS bytes
        FROM ${table.name} WHERE ${where} ORDER BY ${names} LIMIT ${LOOK_AHEAD}`,
    }),
    rows: defineQuery({
      name: `backup_rows_${table.name}`,
      params: { ...behindShape, ...keyShape('to') } as z.ZodRawShape,
      row: z.unknown() as z.ZodType,
      sql: `SELECT * FROM ${table.name} WHERE ${where}
        AND ${first.name} <= {to0:${first.type}} AND (${names}) <= (${placeholders('to')})`,
    }),
  };
}
