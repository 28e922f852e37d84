import { defineQuery, time } from '@culprit/clickhouse';
import { z } from 'zod';
import { limitParam, READ_SETTINGS, timeParam } from './values.ts';

const checkInRow = z.object({
  id: z.string(),
  status: z.string(),
  duration: z.number().nullable(),
  environment: z.string(),
  release: z.string(),
  first: time,
  last: time,
});

const LAST = '(received, log_partition, log_offset)';

/** Check-ins of a monitor with what they said last, newest first. */
export const checkInsOfMonitor = defineQuery({
  name: 'check_ins_of_monitor',
  params: {
    project: z.number(),
    monitor: z.string(),
    from: timeParam,
    limit: limitParam,
    offset: z.number().int().nonnegative(),
  },
  row: checkInRow,
  sql: `SELECT replaceAll(toString(check_in_id), '-', '') AS id,
      argMax(check_ins.status, ${LAST}) AS status, tupleElement(argMax(tuple(check_ins.duration), ${LAST}), 1) AS duration,
      argMax(check_ins.environment, ${LAST}) AS environment, argMax(check_ins.release, ${LAST}) AS release,
      min(received) AS first, max(received) AS last
    FROM check_ins
    WHERE project_id = {project:UInt32} AND monitor = {monitor:String}
      AND received >= fromUnixTimestamp64Milli({from:Int64})
    GROUP BY check_in_id
    ORDER BY first DESC, id LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
  settings: READ_SETTINGS,
});

/** Monitors of a project by name, with their newest message. */
export const monitorsOfProject = defineQuery({
  name: 'monitors_of_project',
  params: { project: z.number(), from: timeParam, limit: limitParam, offset: z.number().int().nonnegative() },
  row: z.object({ monitor: z.string(), status: z.string(), last: time, environments: z.array(z.string()) }),
  sql: `SELECT monitor, argMax(check_ins.status, ${LAST}) AS status, max(received) AS last,
      arraySort(groupUniqArray(100)(toString(environment))) AS environments
    FROM check_ins
    WHERE project_id = {project:UInt32} AND received >= fromUnixTimestamp64Milli({from:Int64})
    GROUP BY monitor ORDER BY monitor LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
  settings: READ_SETTINGS,
});
