import { count, defineQuery, time } from '@culprit/clickhouse';
import { z } from 'zod';
import {
  environmentsParam,
  HASH_COLUMN,
  hashesParam,
  limitParam,
  projectIdsParam,
  READ_SETTINGS,
  timeParam,
} from './values.ts';

// `empty(…) OR …` is folded when the parameter is empty, and the column behind it is then not read: a second against 60 ms for `tags`
// over a million events.

/**
 * Hashes that have an event with all of these: environments, identities (any of each list, empty means all) and tags (`keys[i]` has
 * `values[i]`; `release`, `environment` and `dist` are columns). Last seen first.
 */
export const hashesWithEvents = defineQuery({
  name: 'hashes_with_events',
  params: {
    projects: projectIdsParam,
    environments: environmentsParam,
    releases: z.array(z.string().max(300)).max(20),
    /** A term of a search may mean four. */
    identities: z.array(z.string().max(500)).max(80),
    keys: z.array(z.string().max(300)).max(20),
    values: z.array(z.string().max(1_000)).max(20),
    from: timeParam,
    limit: limitParam,
  },
  row: z.object({ project_id: z.number(), hash: z.string() }),
  sql: `SELECT project_id, ${HASH_COLUMN} AS hash FROM (
    SELECT project_id, grouping_hash, max(received) AS last FROM events
    WHERE project_id IN {projects:Array(UInt32)} AND received >= fromUnixTimestamp64Milli({from:Int64})
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
      AND (empty({releases:Array(String)}) OR release IN {releases:Array(String)})
      AND (empty({identities:Array(String)}) OR hasAny(identities, {identities:Array(String)}))
      AND (empty({keys:Array(String)}) OR arrayAll((k, v) -> tags[k] = v, {keys:Array(String)}, {values:Array(String)}))
    GROUP BY project_id, grouping_hash ORDER BY last DESC LIMIT {limit:UInt32})`,
  settings: READ_SETTINGS,
});

/** Events that are stored, and about how many came: of those that are kept while a quota is exceeded one stands for several. */
const BIN = 'count() AS events, sum(kept_weight) AS came';
const bin = { events: count, came: z.number() };

/** Events of hashes per interval; intervals without events are missing. */
export const seriesOfHashes = defineQuery({
  name: 'series_of_hashes',
  params: {
    projects: projectIdsParam,
    hashes: hashesParam.min(1),
    environments: environmentsParam,
    from: timeParam,
    interval: z.number().int().min(60),
  },
  row: z.object({ project_id: z.number(), hash: z.string(), start: z.number(), ...bin }),
  sql: `SELECT project_id, ${HASH_COLUMN} AS hash, start, events, came FROM (
    SELECT project_id, grouping_hash,
      toUInt32(intDiv(toUnixTimestamp(received), {interval:UInt32}) * {interval:UInt32}) AS start, ${BIN}
    FROM events
    WHERE project_id IN {projects:Array(UInt32)} AND grouping_hash IN {hashes:Array(UInt64)}
      AND received >= fromUnixTimestamp64Milli({from:Int64})
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
    GROUP BY project_id, grouping_hash, start)`,
  settings: READ_SETTINGS,
});

/** Events of projects per interval. */
export const seriesOfProjects = defineQuery({
  name: 'series_of_projects',
  params: {
    projects: projectIdsParam,
    environments: environmentsParam,
    from: timeParam,
    interval: z.number().int().min(60),
  },
  row: z.object({ start: z.number(), ...bin }),
  sql: `SELECT toUInt32(intDiv(toUnixTimestamp(received), {interval:UInt32}) * {interval:UInt32}) AS start, ${BIN}
    FROM events
    WHERE project_id IN {projects:Array(UInt32)} AND received >= fromUnixTimestamp64Milli({from:Int64})
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
    GROUP BY start`,
  settings: READ_SETTINGS,
});

const issueEvents = {
  project: z.number(),
  hashes: hashesParam.min(1),
  environments: environmentsParam,
  from: timeParam,
};
const ISSUE_EVENTS = `project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)}
      AND received >= fromUnixTimestamp64Milli({from:Int64})
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})`;

/** Columns that people see as tags too. What a sender tags by these names is not counted: the column says it. */
const TAG_COLUMNS = ['environment', 'release', 'dist', 'level', 'transaction'] as const;
const RESERVED_KEYS = [...TAG_COLUMNS, 'user'].map((key) => `'${key}'`).join(', ');

/** Keys of the tags of an issue's events, with the number of events that have them. Reads no values. */
export const tagKeysOfIssue = defineQuery({
  name: 'tag_keys_of_issue',
  params: issueEvents,
  row: z.object({ key: z.string(), events: count }),
  sql: `SELECT key, sum(found) AS events FROM (
    SELECT toString(k) AS key, count() AS found FROM events ARRAY JOIN mapKeys(tags) AS k
    WHERE ${ISSUE_EVENTS} AND k NOT IN (${RESERVED_KEYS})
    GROUP BY k
    UNION ALL
    SELECT pair.1, pair.2 FROM (
      SELECT [${TAG_COLUMNS.map((column) => `('${column}', countIf(${column} != ''))`).join(', ')}] AS pairs
      FROM events WHERE ${ISSUE_EVENTS})
    ARRAY JOIN pairs AS pair)
    GROUP BY key HAVING events > 0 ORDER BY key LIMIT 1000`,
  settings: READ_SETTINGS,
});

function columnValues(column: string): string {
  return `UNION ALL
      SELECT '${column}', toString(${column}) AS v, count(), min(received), max(received)
      FROM events WHERE ${ISSUE_EVENTS} AND ${column} != '' AND {key:String} IN ('', '${column}') GROUP BY v`;
}

/**
 * Tags of an issue's events: the most frequent values of each key, with the number of events and of values of the key. People (key `user`,
 * the first of their identities) only when asked for by key: there may be many.
 */
export const tagsOfIssue = defineQuery({
  name: 'tags_of_issue',
  params: {
    ...issueEvents,
    /** Only this key; empty: all. */
    key: z.string().max(300),
    valuesPerKey: z.number().int().min(1).max(1_000),
  },
  row: z.object({
    key: z.string(),
    value: z.string(),
    events: count,
    first: time,
    last: time,
    key_events: count,
    key_values: count,
  }),
  sql: `SELECT key, value, events, first, last, key_events, key_values FROM (
    SELECT key, value, events, first, last,
      sum(events) OVER (PARTITION BY key) AS key_events, count() OVER (PARTITION BY key) AS key_values
    FROM (
      SELECT toString(k) AS key, v AS value, count() AS events, min(received) AS first, max(received) AS last
      FROM events ARRAY JOIN mapKeys(tags) AS k, mapValues(tags) AS v
      WHERE ${ISSUE_EVENTS} AND k NOT IN (${RESERVED_KEYS}) AND ({key:String} = '' OR k = {key:String})
      GROUP BY k, v
      ${TAG_COLUMNS.map(columnValues).join('\n      ')}
      UNION ALL
      SELECT 'user', identities[1] AS v, count(), min(received), max(received)
      FROM events WHERE ${ISSUE_EVENTS} AND {key:String} = 'user' AND notEmpty(identities) GROUP BY v))
    ORDER BY key, events DESC, value LIMIT {valuesPerKey:UInt32} BY key LIMIT 10000`,
  settings: READ_SETTINGS,
});
