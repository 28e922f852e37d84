import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';

/** Where rows with these event ids are; look-ups by id must not scan (`min_table_rows_to_use_projection_index`). */
export const rowsByEventId = defineQuery({
  name: 'rows_by_event_id',
  params: { ids: z.array(z.string()), since: z.number() },
  row: z.object({
    project_id: z.number(),
    event_id: z.string(),
    log_partition: z.number(),
    log_offset: z.coerce.number(),
  }),
  sql: `SELECT project_id, replaceAll(toString(event_id), '-', '') AS event_id, log_partition, log_offset
    FROM events
    WHERE event_id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))
      AND received >= fromUnixTimestamp64Milli({since:Int64})`,
  settings: { min_table_rows_to_use_projection_index: 0 },
});

/** Rows of a partition, and those of every partition of the logs before this one: their ids may come to any partition now. */
const OF_PARTITION = '(log_partition = {partition:UInt16} OR log_offset < {firstOffset:UInt64})';

/** Of records whose ids and offsets stand with their outcomes. */
const recordsById = {
  params: { ids: z.array(z.string()), since: z.number() },
  row: z.object({
    project_id: z.number(),
    record_id: z.string(),
    log_partition: z.number(),
    log_offset: z.coerce.number(),
  }),
  sql: `SELECT project_id, replaceAll(toString(id), '-', '') AS record_id, log_partition, place AS log_offset
    FROM outcomes ARRAY JOIN record_ids AS id, record_offsets AS place
    WHERE hasAny(record_ids, arrayMap(id -> toUUID(id), {ids:Array(String)}))
      AND id IN (SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))
      AND received >= fromUnixTimestamp64Milli({since:Int64})`,
} as const;

/** Where these records are, events aside. */
export const rowsByRecordId = defineQuery({ ...recordsById, name: 'rows_by_record_id' });

/** Where events with these ids were, that were kept out by a filter and have no row. Sessions are filtered, too, and their ids are no event's. */
export const filteredByEventId = defineQuery({
  ...recordsById,
  name: 'filtered_by_event_id',
  sql: `${recordsById.sql} AND outcome = 'filtered' AND category != 'session'`,
});

/** Ids stored from one partition in one hour of `received`, to fill the filter of recent ids when the partition is claimed. */
export const recentEventIds = defineQuery({
  name: 'recent_event_ids',
  params: { partition: z.number(), firstOffset: z.number(), from: z.number(), to: z.number() },
  row: z.object({ project_id: z.number(), event_id: z.string() }),
  sql: `SELECT project_id, replaceAll(toString(event_id), '-', '') AS event_id
    FROM events
    WHERE ${OF_PARTITION}
      AND received >= fromUnixTimestamp64Milli({from:Int64}) AND received < fromUnixTimestamp64Milli({to:Int64})
    UNION ALL
    SELECT project_id, replaceAll(toString(arrayJoin(record_ids)), '-', '') AS event_id
    FROM outcomes
    WHERE ${OF_PARTITION}
      AND received >= fromUnixTimestamp64Milli({from:Int64}) AND received < fromUnixTimestamp64Milli({to:Int64})`,
});

/** Unix seconds of the hours in which a partition stored something, and how many ids. */
export const hoursOfPartition = defineQuery({
  name: 'hours_of_partition',
  params: { partition: z.number(), firstOffset: z.number(), since: z.number() },
  row: z.object({ hour: z.number(), ids: count }),
  sql: `SELECT hour, sum(n) AS ids FROM (
      SELECT toUnixTimestamp(toStartOfHour(received)) AS hour, count() AS n FROM events
      WHERE ${OF_PARTITION} AND received >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY hour
      UNION ALL
      SELECT toUnixTimestamp(toStartOfHour(received)) AS hour, sum(length(record_ids)) AS n FROM outcomes
      WHERE ${OF_PARTITION} AND received >= fromUnixTimestamp64Milli({since:Int64}) AND notEmpty(record_ids) GROUP BY hour
    ) GROUP BY hour ORDER BY hour`,
});

/** The last offset that a partition has stored at or after `first`; 0 rows when there is none. */
export const lastStoredOffset = defineQuery({
  name: 'last_stored_offset',
  params: { partition: z.number(), first: z.number() },
  row: z.object({ last: count, rows: count }),
  sql: `SELECT max(place) AS last, count() AS rows FROM (
      SELECT log_offset AS place FROM events
      WHERE log_partition = {partition:UInt16} AND log_offset >= {first:UInt64}
      UNION ALL
      SELECT arrayMax(record_offsets) AS place FROM outcomes
      WHERE log_partition = {partition:UInt16} AND notEmpty(record_offsets) AND arrayMax(record_offsets) >= {first:UInt64})`,
});

/** Offsets of a range that have a row, or whose record stands with its outcome. */
export const storedOffsets = defineQuery({
  name: 'stored_offsets',
  params: { partition: z.number(), first: z.number(), last: z.number() },
  row: z.object({ log_offset: count }),
  sql: `SELECT DISTINCT log_offset FROM (
      SELECT log_offset FROM events
      WHERE log_partition = {partition:UInt16} AND log_offset BETWEEN {first:UInt64} AND {last:UInt64}
      UNION ALL
      SELECT arrayJoin(record_offsets) AS log_offset FROM outcomes
      WHERE log_partition = {partition:UInt16} AND log_offset <= {last:UInt64}
        AND notEmpty(record_offsets) AND arrayMax(record_offsets) >= {first:UInt64}
    ) WHERE log_offset BETWEEN {first:UInt64} AND {last:UInt64}`,
});
