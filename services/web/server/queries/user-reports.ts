import { defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';
import {
  AT_PLACES,
  hashesParam,
  limitParam,
  place,
  placesParams,
  READ_SETTINGS,
  timeParam,
} from './values.ts';

const row = z.object({
  id: z.string(),
  about: z.string(),
  ...place,
  name: z.string(),
  email: z.string(),
  comments: z.string(),
});
export type UserReportRow = z.output<typeof row>;

const hex = (column: string): string => `replaceAll(toString(${column}), '-', '')`;

const REPORTS = `SELECT ${hex('event_id')} AS id, id AS about, received, log_partition, log_offset, name, email, comments
      FROM user_reports`;
const NEWEST_FIRST = 'ORDER BY received DESC, log_partition DESC, log_offset DESC';

const feedback = (field: string): string => `JSONExtractString(payload, 'contexts', 'feedback', '${field}')`;

/** Where a page of a project's reports and feedback is, newest first: the last report of each event, and the events of no issue. */
export const placesOfUserReports = defineQuery({
  name: 'places_of_user_reports',
  params: { project: z.number(), from: timeParam, limit: limitParam, offset: z.number().int().nonnegative() },
  row: z.object(place),
  sql: `SELECT received, log_partition, log_offset FROM (
      SELECT received, log_partition, log_offset FROM (
        SELECT event_id, received, log_partition, log_offset FROM user_reports
        WHERE project_id = {project:UInt32} AND received >= fromUnixTimestamp64Milli({from:Int64})
        ${NEWEST_FIRST} LIMIT 1 BY event_id)
      UNION ALL
      SELECT received, log_partition, log_offset FROM events
      WHERE project_id = {project:UInt32} AND grouping_hash = 0
        AND received >= fromUnixTimestamp64Milli({from:Int64})
    ) ${NEWEST_FIRST} LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
  settings: READ_SETTINGS,
});

/** The reports and feedback at these places, newest first. What feedback is about it says itself. */
export const userReportsAt = defineQuery({
  name: 'user_reports_at',
  params: { project: z.number(), ...placesParams },
  row,
  sql: `SELECT * FROM (
      ${REPORTS}
      WHERE project_id = {project:UInt32} AND ${AT_PLACES}
      UNION ALL
      SELECT ${hex('event_id')} AS id, replaceAll(${feedback('associated_event_id')}, '-', '') AS about,
        received, log_partition, log_offset,
        ${feedback('name')} AS name, ${feedback('contact_email')} AS email, ${feedback('message')} AS comments
      FROM events
      WHERE project_id = {project:UInt32} AND grouping_hash = 0 AND ${AT_PLACES}
    ) ${NEWEST_FIRST}`,
  settings: READ_SETTINGS,
});

/** The last report of each event of an issue, newest first. */
export const userReportsOfIssue = defineQuery({
  name: 'user_reports_of_issue',
  params: { project: z.number(), hashes: hashesParam.min(1), from: timeParam, limit: limitParam },
  row,
  sql: `SELECT * FROM (
      ${REPORTS}
      WHERE project_id = {project:UInt32} AND received >= fromUnixTimestamp64Milli({from:Int64})
        AND event_id IN (
          SELECT event_id FROM events
          WHERE project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)}
            AND event_id IN (SELECT event_id FROM user_reports WHERE project_id = {project:UInt32}))
      ${NEWEST_FIRST} LIMIT 1 BY event_id)
    ${NEWEST_FIRST} LIMIT {limit:UInt32}`,
  settings: READ_SETTINGS,
});
