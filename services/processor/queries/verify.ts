import { count, defineQuery, time, uint64 } from '@culprit/clickhouse';
import { z } from 'zod';

/**
 * Only rows below the committed positions count: later ones are stored and not yet counted. `positions` holds one offset per
 * partition, in order.
 */
export const COMMITTED = 'log_offset < arrayElement({positions:Array(UInt64)}, log_partition + 1)';

/** Outcomes of records of the log; those that a repair has added name none. */
export const OF_RECORDS = `project_id = {project:UInt32} AND minute >= fromUnixTimestamp64Milli({since:Int64}) AND ${COMMITTED}`;

/** `log_partition` of outcomes that `verify --repair` has added; no log has as many partitions. */
export const REPAIR_PARTITION = 65_535;

export const issueTotals = defineQuery({
  name: 'verify_issue_totals',
  params: { project: z.number(), positions: z.array(z.number()), hashes: z.array(z.bigint()) },
  row: z.object({ hash: uint64, rows: count, first: time, last: time, users: z.array(uint64) }),
  sql: `SELECT grouping_hash AS hash, count() AS rows, min(received) AS first, max(received) AS last,
      groupUniqArrayIf(user_hash, user_hash != 0) AS users
    FROM events
    WHERE project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)} AND ${COMMITTED}
    GROUP BY grouping_hash`,
  settings: { max_execution_time: 600 },
});

/** Every hash of a project that has rows and an issue: feedback has none. */
export const hashesWithRows = defineQuery({
  name: 'verify_hashes_with_rows',
  params: { project: z.number(), positions: z.array(z.number()) },
  row: z.object({ hash: uint64, rows: count }),
  sql: `SELECT grouping_hash AS hash, count() AS rows FROM events
    WHERE project_id = {project:UInt32} AND grouping_hash != 0 AND ${COMMITTED}
    GROUP BY grouping_hash`,
  settings: { max_execution_time: 600 },
});

/**
 * Rows, ids and accepted outcomes by hour, from `since` on (unix milliseconds): all three must agree. Feedback is left out: its category counts
 * user reports, too.
 */
export const hourTotals = defineQuery({
  name: 'verify_hour_totals',
  params: { project: z.number(), positions: z.array(z.number()), since: z.number() },
  row: z.object({ hour: time, rows: count, ids: count, offsets: count, accepted: count }),
  sql: `SELECT hour, sum(r) AS rows, sum(i) AS ids, sum(o) AS offsets, sum(a) AS accepted FROM (
      SELECT toStartOfHour(received) AS hour, count() AS r, uniqExact(event_id) AS i,
        uniqExact(log_partition, log_offset) AS o, 0 AS a
      FROM events WHERE project_id = {project:UInt32} AND grouping_hash != 0
        AND received >= fromUnixTimestamp64Milli({since:Int64}) AND ${COMMITTED}
      GROUP BY hour
      UNION ALL
      SELECT toStartOfHour(minute) AS hour, 0 AS r, 0 AS i, 0 AS o, sum(quantity) AS a
      FROM outcomes
      WHERE project_id = {project:UInt32} AND outcome = 'accepted' AND minute >= fromUnixTimestamp64Milli({since:Int64})
        AND category IN ('error', 'default', 'security')
        AND (log_partition = ${REPAIR_PARTITION} OR ${COMMITTED})
      GROUP BY hour
    ) GROUP BY hour ORDER BY hour`,
  settings: { max_execution_time: 600 },
});

/** Which of these event ids have a row. */
export const storedIds = defineQuery({
  name: 'verify_stored_ids',
  params: { ids: z.array(z.string()) },
  row: z.object({ project_id: z.number(), event_id: z.string() }),
  sql: `SELECT project_id, replaceAll(toString(event_id), '-', '') AS event_id FROM events
    WHERE event_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))`,
  settings: { min_table_rows_to_use_projection_index: 0 },
});

/** Events that were filtered stand with their outcomes, too. Their sender has chosen their ids, and may send one again after the days in which it is known. */
const NO_EVENT = "NOT (outcome = 'filtered' AND category != 'session')";

/**
 * Records that outcomes name, those of them that are no events, their ids, and the places of all; check-ins and accepted ones. From `since`
 * on (unix milliseconds).
 */
export const recordTotals = defineQuery({
  name: 'verify_record_totals',
  params: { project: z.number(), positions: z.array(z.number()), since: z.number() },
  row: z.object({
    records: count,
    no_events: count,
    ids: count,
    places: count,
    check_ins: count,
    accepted_check_ins: count,
  }),
  sql: `SELECT
      (SELECT sum(length(record_ids)) FROM outcomes WHERE ${OF_RECORDS}) AS records,
      (SELECT sum(length(record_ids)) FROM outcomes WHERE ${OF_RECORDS} AND ${NO_EVENT}) AS no_events,
      (SELECT uniqExactArray(record_ids) FROM outcomes WHERE ${OF_RECORDS} AND ${NO_EVENT}) AS ids,
      (SELECT uniqExact(log_partition, place) FROM outcomes ARRAY JOIN record_offsets AS place WHERE ${OF_RECORDS}) AS places,
      (SELECT count() FROM check_ins
        WHERE project_id = {project:UInt32} AND received >= fromUnixTimestamp64Milli({since:Int64}) AND ${COMMITTED}) AS check_ins,
      (SELECT sum(quantity) FROM outcomes WHERE ${OF_RECORDS} AND outcome = 'accepted' AND category = 'monitor') AS accepted_check_ins`,
  settings: { max_execution_time: 600 },
});
