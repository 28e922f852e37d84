import { defineQuery, time } from '@culprit/clickhouse';
import { z } from 'zod';
import { hashesParam, limitParam, READ_SETTINGS, timeParam } from './values.ts';

const row = z.object({
  id: z.string(),
  about: z.string(),
  received: time,
  name: z.string(),
  email: z.string(),
  comments: z.string(),
});
export type UserReportRow = z.output<typeof row>;

const hex = (column: string): string => `replaceAll(toString(${column}), '-', '')`;

/** The last report of each event. */
const REPORTS = `SELECT ${hex('event_id')} AS id, id AS about, received, name, email, comments FROM user_reports`;

const feedback = (field: string): string => `JSONExtractString(payload, 'contexts', 'feedback', '${field}')`;

/** Reports and feedback of a project, newest first. Feedback are the events of no issue; what it is about it says itself. */
export const userReportsOfProject = defineQuery({
  name: 'user_reports_of_project',
  params: { project: z.number(), from: timeParam, limit: limitParam, offset: z.number().int().nonnegative() },
  row,
  sql: `SELECT id, about, received, name, email, comments FROM (
      SELECT * FROM (
        ${REPORTS}
        WHERE project_id = {project:UInt32} AND received >= fromUnixTimestamp64Milli({from:Int64})
        ORDER BY received DESC, log_partition DESC, log_offset DESC LIMIT 1 BY event_id)
      UNION ALL
      SELECT ${hex('event_id')} AS id, replaceAll(${feedback('associated_event_id')}, '-', '') AS about, received,
        ${feedback('name')} AS name, ${feedback('contact_email')} AS email, ${feedback('message')} AS comments
      FROM events
      WHERE project_id = {project:UInt32} AND grouping_hash = 0
        AND received >= fromUnixTimestamp64Milli({from:Int64})
    ) ORDER BY received DESC, id LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
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
      ORDER BY received DESC, log_partition DESC, log_offset DESC LIMIT 1 BY event_id)
    ORDER BY received DESC, id LIMIT {limit:UInt32}`,
  settings: READ_SETTINGS,
});
