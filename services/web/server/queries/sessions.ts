import { count, defineQuery } from '@culprit/clickhouse';
import { z } from 'zod';
import { environmentsParam, limitParam, projectIdsParam, READ_SETTINGS, timeParam } from './values.ts';

/**
 * What rows of sessions come to. Sums of the senders are added up, sessions that were told apart by their ids and people are counted
 * once, however many updates, minutes, batches and processes they came in.
 */
const COUNTS = `sum(started) AS sessions,
      sum(errored) + uniqExactArray(errored_sids) AS all_errored,
      sum(crashed) + uniqExactArray(crashed_sids) AS all_crashed,
      sum(abnormal) + uniqExactArray(abnormal_sids) AS all_abnormal,
      sum(unhandled) + uniqExactArray(unhandled_sids) AS all_unhandled,
      uniqExactArray(users) AS all_users,
      uniqExactArray(errored_users) AS users_errored,
      uniqExactArray(crashed_users) AS users_crashed,
      uniqExactArray(abnormal_users) AS users_abnormal,
      uniqExactArray(unhandled_users) AS users_unhandled`;

const counts = {
  sessions: count,
  all_errored: count,
  all_crashed: count,
  all_abnormal: count,
  all_unhandled: count,
  all_users: count,
  users_errored: count,
  users_crashed: count,
  users_abnormal: count,
  users_unhandled: count,
};
const countsRow = z.object(counts);
export type SessionCounts = z.output<typeof countsRow>;

/** A session is at most five days older than its record, and at most a minute younger. */
const WHERE = `project_id IN {projects:Array(UInt32)}
      AND minute >= fromUnixTimestamp64Milli({from:Int64}) AND minute < fromUnixTimestamp64Milli({to:Int64})
      AND received >= fromUnixTimestamp64Milli({from:Int64}) - INTERVAL 1 MINUTE
      AND received < fromUnixTimestamp64Milli({to:Int64}) + INTERVAL 6 DAY
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
      AND (empty({releases:Array(String)}) OR release IN {releases:Array(String)})`;

const GROUP = `if({byProject:UInt8} = 1, project_id, 0) AS project,
      if({byRelease:UInt8} = 1, release, '') AS release_name,
      if({byEnvironment:UInt8} = 1, environment, '') AS environment_name`;

const flag = z.union([z.literal(0), z.literal(1)]);
const asked = {
  projects: projectIdsParam,
  environments: environmentsParam,
  releases: z.array(z.string().max(250)).max(1_000),
  from: timeParam,
  to: timeParam,
  byProject: flag,
  byRelease: flag,
  byEnvironment: flag,
};
const group = { project: z.number(), release_name: z.string(), environment_name: z.string() };

/** Groups with the most sessions, over the whole span: people and faulty sessions are not the sum of the intervals'. */
export const sessionTotals = defineQuery({
  name: 'session_totals',
  params: { ...asked, limit: limitParam },
  row: z.object({ ...group, ...counts }),
  sql: `SELECT ${GROUP}, ${COUNTS}
    FROM sessions WHERE ${WHERE}
    GROUP BY project, release_name, environment_name
    ORDER BY sessions DESC, project, release_name, environment_name LIMIT {limit:UInt32}`,
  settings: READ_SETTINGS,
});

/** The same by interval, of the groups that are named. */
export const sessionSeries = defineQuery({
  name: 'session_series',
  params: {
    ...asked,
    interval: z.number().int().min(60),
    groupProjects: z.array(z.number().int().nonnegative()),
    groupReleases: z.array(z.string()),
    groupEnvironments: z.array(z.string()),
  },
  row: z.object({ ...group, start: z.number(), ...counts }),
  sql: `SELECT ${GROUP},
      toUInt32(intDiv(toUnixTimestamp(minute), {interval:UInt32}) * {interval:UInt32}) AS start, ${COUNTS}
    FROM sessions WHERE ${WHERE}
      AND (project, release_name, environment_name) IN (
        SELECT arrayJoin(arrayZip({groupProjects:Array(UInt32)}, {groupReleases:Array(String)}, {groupEnvironments:Array(String)})))
    GROUP BY project, release_name, environment_name, start`,
  settings: READ_SETTINGS,
});

/** Sessions and people of releases and of their whole projects, since `from`. The whole project is the row without a release. */
export const releaseHealth = defineQuery({
  name: 'release_health',
  params: {
    projects: projectIdsParam,
    environments: environmentsParam,
    releases: z.array(z.string().max(250)).max(1_000),
    from: timeParam,
    to: timeParam,
  },
  row: z.object({ project: z.number(), version: z.string(), ...counts }),
  sql: `SELECT project_id AS project, version, ${COUNTS}
    FROM sessions
    ARRAY JOIN if(release IN {releases:Array(String)}, ['', toString(release)], ['']) AS version
    WHERE project_id IN {projects:Array(UInt32)}
      AND minute >= fromUnixTimestamp64Milli({from:Int64}) AND minute < fromUnixTimestamp64Milli({to:Int64})
      AND received >= fromUnixTimestamp64Milli({from:Int64}) - INTERVAL 1 MINUTE
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
    GROUP BY project, version`,
  settings: READ_SETTINGS,
});
