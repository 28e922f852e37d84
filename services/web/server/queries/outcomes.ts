import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';
import { projectIdsParam, READ_SETTINGS, timeParam } from './values.ts';

/** 1: told apart by it. */
const flag = z.union([z.literal(0), z.literal(1)]);
/** Empty: all. */
const wanted = z.array(z.string().max(500)).max(100);

const outcomeRow = z.object({
  project: z.number(),
  by_outcome: z.string(),
  by_reason: z.string(),
  by_category: z.string(),
  by_release: z.string(),
  start: z.number(),
  items: count,
});
export type OutcomeRow = z.output<typeof outcomeRow>;

/** What became of items, per interval. Only what is asked for is told apart: reasons are made up by senders, and there may be many. */
export const outcomeSeries = defineQuery({
  name: 'outcome_series',
  params: {
    projects: projectIdsParam,
    from: timeParam,
    to: timeParam,
    interval: z.number().int().min(60),
    outcomes: wanted,
    reasons: wanted,
    categories: wanted,
    byProject: flag,
    byOutcome: flag,
    byReason: flag,
    byCategory: flag,
    /** Of what was shed. */
    byRelease: flag,
  },
  row: outcomeRow,
  sql: `SELECT if({byProject:UInt8} = 1, project_id, 0) AS project,
      if({byOutcome:UInt8} = 1, toString(outcome), '') AS by_outcome,
      if({byReason:UInt8} = 1, toString(reason), '') AS by_reason,
      if({byCategory:UInt8} = 1, toString(category), '') AS by_category,
      if({byRelease:UInt8} = 1, toString(release), '') AS by_release,
      toUInt32(intDiv(toUnixTimestamp(minute), {interval:UInt32}) * {interval:UInt32}) AS start, sum(quantity) AS items
    FROM outcomes
    WHERE project_id IN {projects:Array(UInt32)}
      AND minute >= fromUnixTimestamp64Milli({from:Int64}) AND minute < fromUnixTimestamp64Milli({to:Int64})
      AND received >= fromUnixTimestamp64Milli({from:Int64})
      AND (empty({outcomes:Array(String)}) OR outcome IN {outcomes:Array(String)})
      AND (empty({reasons:Array(String)}) OR reason IN {reasons:Array(String)})
      AND (empty({categories:Array(String)}) OR category IN {categories:Array(String)})
    GROUP BY project, by_outcome, by_reason, by_category, by_release, start
    ORDER BY project, by_outcome, by_reason, by_category, by_release, start`,
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
