import { count, defineQuery, type QueryDefinition } from '@culprit/clickhouse';
import { z } from 'zod';
import { COMMITTED, OF_RECORDS } from './verify.ts';

const ofProject = { project: z.number(), positions: z.array(z.number()), since: z.number() };
const HOURS = { max_execution_time: 600 } as const;

/** Where records of a category lie that were accepted and committed. */
function accepted(category: string, also = ''): string {
  return `SELECT log_partition, place FROM outcomes ARRAY JOIN record_offsets AS place
    WHERE ${OF_RECORDS} AND outcome = 'accepted' AND category = '${category}'${also}
      AND place < arrayElement({positions:Array(UInt64)}, log_partition + 1)`;
}

const placesRow = z.object({ rows: count, places: count, missing: count, surplus: count });
type PlacesQuery = QueryDefinition<typeof ofProject, typeof placesRow>;

/** Rows of a table in which each record has one, their different places, accepted records without a row, and places that no accepted record has. */
function placesQuery(table: string, category: string): PlacesQuery {
  return defineQuery({
    name: `verify_places_of_${table}`,
    params: ofProject,
    row: placesRow,
    sql: `SELECT sum(stored) AS rows, countIf(stored > 0) AS places, countIf(stored = 0) AS missing, countIf(named = 0) AS surplus
      FROM (
        SELECT log_partition, place, sum(s) AS stored, sum(n) AS named FROM (
          SELECT log_partition, log_offset AS place, 1 AS s, 0 AS n FROM ${table}
          WHERE project_id = {project:UInt32} AND received >= fromUnixTimestamp64Milli({since:Int64}) AND ${COMMITTED}
          UNION ALL
          SELECT log_partition, place, 0 AS s, 1 AS n FROM (${accepted(category)})
        ) GROUP BY log_partition, place
      )`,
    settings: HOURS,
  });
}

export const checkInPlaces = placesQuery('check_ins', 'monitor');
/** Feedback counts in the same category, but stands with no outcome: it has rows of its own. */
export const userReportPlaces = placesQuery('user_reports', 'feedback');

const OF_SESSIONS = `project_id = {project:UInt32} AND ${COMMITTED}`;

/**
 * Rows of sessions, different ones, those whose place no accepted record has, and accepted records with no row at their place or in the `span` places before it: a
 * row has the place of its first record, which is of the same batch. A batch may have begun before `since`, so those are looked at from `settled` on.
 */
export const sessionPlaces = defineQuery({
  name: 'verify_places_of_sessions',
  params: { ...ofProject, settled: z.number(), span: z.number() },
  row: placesRow,
  sql: `SELECT
      (SELECT count() FROM sessions WHERE ${OF_SESSIONS} AND received >= fromUnixTimestamp64Milli({since:Int64})) AS rows,
      (SELECT uniqExact(minute, environment, release, log_partition, log_offset) FROM sessions
        WHERE ${OF_SESSIONS} AND received >= fromUnixTimestamp64Milli({since:Int64})) AS places,
      (SELECT countIf(r.is_row = 0 OR a.place - r.log_offset >= {span:UInt32})
        FROM (${accepted('session', ' AND minute >= fromUnixTimestamp64Milli({settled:Int64})')}) AS a
        ASOF LEFT JOIN (SELECT log_partition, log_offset, 1 AS is_row FROM sessions WHERE ${OF_SESSIONS}) AS r
        ON a.log_partition = r.log_partition AND a.place >= r.log_offset) AS missing,
      (SELECT count() FROM sessions WHERE ${OF_SESSIONS} AND received >= fromUnixTimestamp64Milli({since:Int64})
        AND (log_partition, log_offset) NOT IN (${accepted('session')})) AS surplus`,
  settings: HOURS,
});

/** Outcomes that name these records. */
export const outcomesByRecord = defineQuery({
  name: 'verify_outcomes_by_record',
  params: { ids: z.array(z.string()), since: z.number() },
  row: z.object({
    project_id: z.number(),
    record_id: z.string(),
    log_partition: z.number(),
    log_offset: count,
    outcome: z.string(),
  }),
  sql: `SELECT project_id, replaceAll(toString(id), '-', '') AS record_id, log_partition, place AS log_offset, outcome
    FROM outcomes ARRAY JOIN record_ids AS id, record_offsets AS place
    WHERE hasAny(record_ids, arrayMap(id -> toUUID(id), {ids:Array(String)}))
      AND id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))
      AND received >= fromUnixTimestamp64Milli({since:Int64})`,
  settings: HOURS,
});

/** Places of a stretch at which a table of items has a row; of sessions those of the first record of each row. */
export const itemRowsInStretch = defineQuery({
  name: 'verify_item_rows_in_stretch',
  params: { partition: z.number(), first: z.number(), last: z.number(), since: z.number() },
  row: z.object({ source: z.string(), project_id: z.number(), log_offset: count }),
  sql: ['attachments', 'sessions', 'check_ins', 'user_reports']
    .map(
      (table) => `SELECT DISTINCT '${table}' AS source, project_id, log_offset FROM ${table}
      WHERE log_partition = {partition:UInt16} AND log_offset BETWEEN {first:UInt64} AND {last:UInt64}
        AND received >= fromUnixTimestamp64Milli({since:Int64})`,
    )
    .join('\n    UNION ALL '),
  settings: HOURS,
});
