import { defineQuery, time, uint64 } from '@culprit/clickhouse';
import { z } from 'zod';
import {
  EVENT_ID_COLUMN,
  environmentsParam,
  HASH_COLUMN,
  hashesParam,
  limitParam,
  place,
  projectIdsParam,
  READ_SETTINGS,
  timeParam,
} from './values.ts';

const summary = {
  project_id: z.number(),
  event_id: z.string(),
  hash: z.string(),
  timestamp: time,
  ...place,
  environment: z.string(),
  release: z.string(),
  dist: z.string(),
  platform: z.string(),
  level: z.string(),
  handled: z.number(),
  user_id: z.string(),
  user_email: z.string(),
  user_username: z.string(),
  user_ip: z.string(),
  deploy_id: uint64,
  tags: z.record(z.string(), z.string()),
  title: z.string(),
  culprit: z.string(),
  transaction: z.string(),
};
const summaryRow = z.object(summary);
export type EventSummaryRow = z.output<typeof summaryRow>;
const storedRow = z.object({ ...summary, payload: z.string() });
export type StoredEventRow = z.output<typeof storedRow>;

const SUMMARY_COLUMNS = `
  project_id, ${EVENT_ID_COLUMN} AS event_id_hex, ${HASH_COLUMN} AS hash, timestamp, received, log_partition, log_offset,
  environment, release, dist, platform, level, handled, user_id, user_email, user_username, user_ip, deploy_id, tags,
  title, culprit, transaction`;

// The alias is another name than the column, which the conditions mean.
const RENAMED = '* EXCEPT event_id_hex, event_id_hex AS event_id';

const ORDER = 'ORDER BY received DESC, log_partition DESC, log_offset DESC';

/** One event with its payload. More than one row only if it was stored twice, which the processor prevents. */
export const eventById = defineQuery({
  name: 'event_by_id',
  params: { projects: projectIdsParam, event: z.string() },
  row: storedRow,
  sql: `SELECT ${RENAMED} FROM (
    SELECT ${SUMMARY_COLUMNS}, payload FROM events
    WHERE event_id = toUUID({event:String}) AND project_id IN {projects:Array(UInt32)}
    ORDER BY received LIMIT 1)`,
  settings: { ...READ_SETTINGS, min_table_rows_to_use_projection_index: 0 },
});

/** The event that stands for its issue when retention has taken the others, and which is then nowhere else. */
export const exemplarById = defineQuery({
  name: 'exemplar_by_id',
  params: { projects: projectIdsParam, event: z.string() },
  row: storedRow,
  sql: `SELECT ${RENAMED} FROM (
    SELECT ${SUMMARY_COLUMNS}, payload FROM exemplars
    WHERE event_id = toUUID({event:String}) AND project_id IN {projects:Array(UInt32)}
    ORDER BY received LIMIT 1)`,
  settings: READ_SETTINGS,
});

/** The newest kept events of an issue; one for each issue that was merged into it. */
export const exemplarsOfIssue = defineQuery({
  name: 'exemplars_of_issue',
  params: { project: z.number(), hashes: hashesParam.min(1), limit: limitParam },
  row: summaryRow,
  sql: `SELECT ${RENAMED} FROM (
    SELECT ${SUMMARY_COLUMNS} FROM exemplars
    WHERE project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)}
    ${ORDER} LIMIT {limit:UInt32})`,
  settings: READ_SETTINGS,
});

/** The newest events of an issue, or those before a place. */
export const eventsOfIssue = defineQuery({
  name: 'events_of_issue',
  params: {
    project: z.number(),
    hashes: hashesParam.min(1),
    environments: environmentsParam,
    from: timeParam,
    beforeReceived: timeParam,
    beforePartition: z.number(),
    beforeOffset: z.string(),
    limit: limitParam,
  },
  row: summaryRow,
  sql: `SELECT ${RENAMED} FROM (
    SELECT ${SUMMARY_COLUMNS} FROM events
    WHERE project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)}
      AND received >= fromUnixTimestamp64Milli({from:Int64}) AND received <= fromUnixTimestamp64Milli({beforeReceived:Int64})
      AND (received, log_partition, log_offset)
        < (fromUnixTimestamp64Milli({beforeReceived:Int64}), {beforePartition:UInt16}, {beforeOffset:UInt64})
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
    ${ORDER} LIMIT {limit:UInt32})`,
  settings: READ_SETTINGS,
});

/** The oldest events of an issue after a place. */
export const eventsOfIssueAfter = defineQuery({
  name: 'events_of_issue_after',
  params: {
    project: z.number(),
    hashes: hashesParam.min(1),
    afterReceived: timeParam,
    afterPartition: z.number(),
    afterOffset: z.string(),
    limit: limitParam,
  },
  row: z.object({ event_id: z.string() }),
  sql: `SELECT ${EVENT_ID_COLUMN} AS event_id_hex, event_id_hex AS event_id FROM (
    SELECT event_id FROM events
    WHERE project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)}
      AND received >= fromUnixTimestamp64Milli({afterReceived:Int64})
      AND (received, log_partition, log_offset)
        > (fromUnixTimestamp64Milli({afterReceived:Int64}), {afterPartition:UInt16}, {afterOffset:UInt64})
    ORDER BY received, log_partition, log_offset LIMIT {limit:UInt32})`,
  settings: READ_SETTINGS,
});

/** The newest events of a project, of all types. */
export const eventsOfProject = defineQuery({
  name: 'events_of_project',
  params: {
    project: z.number(),
    from: timeParam,
    beforeReceived: timeParam,
    beforePartition: z.number(),
    beforeOffset: z.string(),
    limit: limitParam,
  },
  row: summaryRow,
  sql: `SELECT ${RENAMED} FROM (
    SELECT ${SUMMARY_COLUMNS} FROM events
    WHERE project_id = {project:UInt32}
      AND received >= fromUnixTimestamp64Milli({from:Int64}) AND received <= fromUnixTimestamp64Milli({beforeReceived:Int64})
      AND (received, log_partition, log_offset)
        < (fromUnixTimestamp64Milli({beforeReceived:Int64}), {beforePartition:UInt16}, {beforeOffset:UInt64})
    ${ORDER} LIMIT {limit:UInt32})`,
  settings: READ_SETTINGS,
});
