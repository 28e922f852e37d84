import { defineQuery, time } from '@culprit/clickhouse';
import { z } from 'zod';

const asked = { projects: z.array(z.number()), ids: z.array(z.string()) };
const IDS = '(SELECT toUUID(id) FROM (SELECT arrayJoin({ids:Array(String)}) AS id))';
const EVENT_ID = `replaceAll(toString(event_id), '-', '')`;

/** When events were received. */
export const eventTimes = defineQuery({
  name: 'user_report_event_times',
  params: asked,
  row: z.object({ project_id: z.number(), event: z.string(), received: time }),
  sql: `SELECT project_id, ${EVENT_ID} AS event, received FROM events
    WHERE event_id IN ${IDS} AND project_id IN {projects:Array(UInt32)}`,
  settings: { min_table_rows_to_use_projection_index: 0 },
});

/** When events got their first report, by what is stored of other partitions and before a place of this one. */
export const earlierReports = defineQuery({
  name: 'user_report_earlier',
  params: { ...asked, partition: z.number(), first: z.number() },
  row: z.object({ project_id: z.number(), event: z.string(), first: time }),
  sql: `SELECT project_id, ${EVENT_ID} AS event, min(received) AS first FROM user_reports
    WHERE project_id IN {projects:Array(UInt32)} AND event_id IN ${IDS}
      AND (log_partition != {partition:UInt16} OR log_offset < {first:UInt64})
    GROUP BY project_id, event_id`,
});
