import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';
import { projectIdsParam, READ_SETTINGS, timeParam } from './values.ts';

/** What became of items, per interval. */
export const outcomeSeries = defineQuery({
  name: 'outcome_series',
  params: { projects: projectIdsParam, from: timeParam, to: timeParam, interval: z.number().int().min(60) },
  row: z.object({
    project_id: z.number(),
    outcome: z.string(),
    reason: z.string(),
    category: z.string(),
    start: z.number(),
    items: count,
  }),
  sql: `SELECT project_id, outcome, reason, category,
      toUInt32(intDiv(toUnixTimestamp(minute), {interval:UInt32}) * {interval:UInt32}) AS start, sum(quantity) AS items
    FROM outcomes
    WHERE project_id IN {projects:Array(UInt32)}
      AND minute >= fromUnixTimestamp64Milli({from:Int64}) AND minute < fromUnixTimestamp64Milli({to:Int64})
      AND received >= fromUnixTimestamp64Milli({from:Int64})
    GROUP BY project_id, outcome, reason, category, start
    ORDER BY project_id, outcome, reason, category, start`,
  settings: READ_SETTINGS,
});

/** Items per outcome and minute of the whole instance, attachments' bytes left out. For staff. */
export const outcomesOfInstance = defineQuery({
  name: 'outcomes_of_instance',
  params: { from: timeParam, to: timeParam },
  row: z.object({ outcome: z.string(), start: z.number(), items: count }),
  sql: `SELECT outcome, toUnixTimestamp(minute) AS start, sum(quantity) AS items
    FROM outcomes
    WHERE minute >= fromUnixTimestamp64Milli({from:Int64}) AND minute < fromUnixTimestamp64Milli({to:Int64})
      AND received >= fromUnixTimestamp64Milli({from:Int64}) AND category NOT IN ('attachment', 'log_byte')
    GROUP BY outcome, start`,
  settings: READ_SETTINGS,
});

export const clickHouseVersion = defineQuery({
  name: 'clickhouse_version',
  params: {},
  row: z.object({ version: z.string() }),
  sql: 'SELECT version() AS version',
  settings: READ_SETTINGS,
});
