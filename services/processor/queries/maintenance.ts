import { count, defineQuery } from '@culprit/clickhouse';
import { CLICKHOUSE_TABLES } from '@culprit/retention';
import { z } from 'zod';

const LONG = { max_execution_time: 600 } as const;

/** Months with rows (`202611`) by table. */
export const monthsWithRows = defineQuery({
  name: 'maintenance_months',
  params: { tables: z.array(z.string()) },
  row: z.object({ table: z.string(), month: z.number() }),
  sql: `SELECT DISTINCT table, toUInt32OrZero(partition) AS month FROM system.parts
    WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)} ORDER BY table, month`,
});

/** Deletes of rows that run or wait, and the last thing that stopped one. */
export const openMutations = defineQuery({
  name: 'maintenance_open_mutations',
  params: {},
  row: z.object({ table: z.string(), failure: z.string() }),
  sql: `SELECT table, latest_fail_reason AS failure FROM system.mutations
    WHERE database = currentDatabase() AND NOT is_done`,
});

/**
 * Whether a row lies below a place in the log. Rows of partitions that the place does not name are of an earlier log with more of them, and all
 * offsets of earlier logs are below those of later ones.
 *
 * @param offsets name of a parameter: by partition.
 */
export function isBelow(offsets: string): string {
  const list = `{${offsets}:Array(UInt64)}`;
  return `log_offset < if(log_partition < length(${list}), arrayElement(${list}, log_partition + 1), arrayMin(${list}))`;
}

/** Events of hashes below offsets, by hour. */
export const eventsByHour = defineQuery({
  name: 'maintenance_events_by_hour',
  params: { project: z.number(), hashes: z.array(z.bigint()), offsets: z.array(z.number()) },
  row: z.object({ hour: z.number(), events: count }),
  sql: `SELECT toUnixTimestamp(toStartOfHour(received)) AS hour, count() AS events FROM events
    WHERE project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)}
      AND ${isBelow('offsets')}
    GROUP BY hour`,
  settings: LONG,
});

/** Rows of projects in all tables. */
export const rowsOfProjects = defineQuery({
  name: 'maintenance_rows_of_projects',
  params: { projects: z.array(z.number()) },
  row: z.object({ project: z.number(), rows: count }),
  sql: `SELECT project, sum(n) AS rows FROM (
      ${CLICKHOUSE_TABLES.map(
        ({ name }) =>
          `SELECT project_id AS project, count() AS n FROM ${name} WHERE project_id IN {projects:Array(UInt32)} GROUP BY project`,
      ).join('\n      UNION ALL ')}
    ) GROUP BY project`,
  settings: LONG,
});

/** `cutoffs` holds unix milliseconds by project, in the order of `projects`; of the others nothing is older than it may be. */
const TOO_OLD =
  'toUnixTimestamp64Milli(received) < transform(project_id, {projects:Array(UInt32)}, {cutoffs:Array(Int64)}, toInt64(0))';

/** Tables whose rows go when their project keeps things for less time than the others. */
const PER_ROW = CLICKHOUSE_TABLES.filter(({ isPerRow }) => isPerRow).map(({ name }) => name);

/** Rows that have outlived their project's days, by table. */
export const tooOldRows = defineQuery({
  name: 'maintenance_too_old_rows',
  params: { projects: z.array(z.number()), cutoffs: z.array(z.number()), latest: z.number() },
  row: z.object({ table: z.string(), rows: count }),
  sql: PER_ROW.map(
    (name) => `SELECT '${name}' AS table, count() AS rows FROM ${name}
      WHERE received < fromUnixTimestamp64Milli({latest:Int64}) AND ${TOO_OLD}`,
  ).join('\n    UNION ALL '),
  settings: LONG,
});

/** A delete that ClickHouse does on the side; every part with a hit is written anew. `table` is one of the registry. */
export function deleteTooOld(table: string): string {
  return `ALTER TABLE ${table} DELETE WHERE received < fromUnixTimestamp64Milli({latest:Int64}) AND ${TOO_OLD}`;
}

/** `table` is one of the registry. */
export function dropMonth(table: string): string {
  return `ALTER TABLE ${table} DROP PARTITION {month:String}`;
}

export const DELETE_PROJECTS: readonly string[] = CLICKHOUSE_TABLES.map(
  ({ name }) => `ALTER TABLE ${name} DELETE WHERE project_id IN {projects:Array(UInt32)}`,
);

/** Where an exemplar's row is: only what is found is copied, and only once. */
export const exemplarRows = defineQuery({
  name: 'maintenance_exemplar_rows',
  params: { project: z.number(), ids: z.array(z.string()) },
  row: z.object({ event_id: z.string(), received: count, is_kept: z.number() }),
  sql: `SELECT event_id_hex AS event_id, max(at) AS received, max(kept) AS is_kept FROM (
      SELECT replaceAll(toString(event_id), '-', '') AS event_id_hex, toUnixTimestamp64Milli(received) AS at, 0 AS kept
      FROM events WHERE project_id = {project:UInt32}
        AND event_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))
      UNION ALL
      SELECT replaceAll(toString(event_id), '-', '') AS event_id_hex, toUnixTimestamp64Milli(received) AS at, 1 AS kept
      FROM exemplars WHERE project_id = {project:UInt32}
        AND event_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))
    ) GROUP BY event_id_hex`,
  settings: { ...LONG, min_table_rows_to_use_projection_index: 0 },
});

/** The two tables have the same columns; a test says so. */
export const KEEP_EXEMPLARS = `INSERT INTO exemplars SELECT * FROM events
  WHERE project_id = {project:UInt32}
    AND event_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))
  LIMIT 1 BY event_id`;

const IN_SPAN =
  'received >= fromUnixTimestamp64Milli({from:Int64}) AND received < fromUnixTimestamp64Milli({before:Int64})';

/** An event as text, as `<project> <uuid>`. */
const EVENT_KEY = "concat(toString(project_id), ' ', toString(event_id))";

/** Attachments of a span whose event never came. Looks for their events only, so that no set is as large as the table of events. */
const ORPHANED = `${IN_SPAN} AND (project_id, event_id) NOT IN (
    SELECT project_id, event_id FROM events WHERE event_id IN (SELECT event_id FROM attachments WHERE ${IN_SPAN})
    UNION ALL
    SELECT project_id, event_id FROM exemplars WHERE event_id IN (SELECT event_id FROM attachments WHERE ${IN_SPAN}))`;

/** Events of a span that have attachments and never came, behind one of them, and how many attachments. */
export const orphanedAttachments = defineQuery({
  name: 'maintenance_orphaned_attachments',
  params: { from: z.number(), before: z.number(), after: z.string(), limit: z.number() },
  row: z.object({ event: z.string(), attachments: count }),
  sql: `SELECT ${EVENT_KEY} AS event, count() AS attachments FROM attachments WHERE ${ORPHANED}
    GROUP BY event HAVING event > {after:String} ORDER BY event LIMIT {limit:UInt32}`,
  settings: { ...LONG, min_table_rows_to_use_projection_index: 0 },
});

/** By their names: a delete whose condition asks an empty table hangs in the embedded engine, until its time is over. */
export const DELETE_ORPHANS = `ALTER TABLE attachments DELETE WHERE ${IN_SPAN} AND has({events:Array(String)}, ${EVENT_KEY})`;

/** Keys of files that attachments name, beginning with two digits. */
export const filesOfAttachments = defineQuery({
  name: 'maintenance_files_of_attachments',
  params: { prefix: z.string() },
  row: z.object({ file: z.string() }),
  sql: 'SELECT DISTINCT file FROM attachments WHERE startsWith(file, {prefix:String})',
  settings: LONG,
});
