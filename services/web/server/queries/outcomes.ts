import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';
import { projectIdsParam, READ_SETTINGS, timeParam } from './values.ts';

/** What became of items, per interval. */
export const outcomeSeries = defineQuery({
  name: 'outcome_series',
  params: {
    projects: projectIdsParam,
    from: timeParam,
    to: timeParam,
    interval: z.number().int().min(60),
    /** 1: releases of what was shed are told apart. */
    releases: z.union([z.literal(0), z.literal(1)]),
  },
  row: z.object({
    project_id: z.number(),
    shed_release: z.string(),
    outcome: z.string(),
    reason: z.string(),
    category: z.string(),
    start: z.number(),
    items: count,
  }),
  sql: `SELECT project_id, outcome, reason, category, if({releases:UInt8} = 1, toString(release), '') AS shed_release,
      toUInt32(intDiv(toUnixTimestamp(minute), {interval:UInt32}) * {interval:UInt32}) AS start, sum(quantity) AS items
    FROM outcomes
    WHERE project_id IN {projects:Array(UInt32)}
      AND minute >= fromUnixTimestamp64Milli({from:Int64}) AND minute < fromUnixTimestamp64Milli({to:Int64})
      AND received >= fromUnixTimestamp64Milli({from:Int64})
    GROUP BY project_id, outcome, reason, category, shed_release, start
    ORDER BY project_id, outcome, reason, category, shed_release, start`,
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
