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
    identities: z.array(z.string().max(500)).max(20),
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
      AND arrayAll((k, v) -> tags[k] = v, {keys:Array(String)}, {values:Array(String)})
    GROUP BY project_id, grouping_hash ORDER BY last DESC LIMIT {limit:UInt32})`,
  settings: READ_SETTINGS,
});

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
  row: z.object({ project_id: z.number(), hash: z.string(), start: z.number(), events: count }),
  sql: `SELECT project_id, ${HASH_COLUMN} AS hash, start, events FROM (
    SELECT project_id, grouping_hash,
      toUInt32(intDiv(toUnixTimestamp(received), {interval:UInt32}) * {interval:UInt32}) AS start, count() AS events
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
  row: z.object({ start: z.number(), events: count }),
  sql: `SELECT toUInt32(intDiv(toUnixTimestamp(received), {interval:UInt32}) * {interval:UInt32}) AS start, count() AS events
    FROM events
    WHERE project_id IN {projects:Array(UInt32)} AND received >= fromUnixTimestamp64Milli({from:Int64})
      AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
    GROUP BY start`,
  settings: READ_SETTINGS,
});

/** What an event's tags are to a person: its own, and the columns that every event has. */
const TAG_PAIRS = `arrayDistinct(arrayFilter(pair -> pair.2 != '', arrayConcat(
  arrayZip(arrayMap(k -> toString(k), mapKeys(tags)), mapValues(tags)),
  [('environment', toString(environment)), ('release', toString(release)), ('dist', toString(dist)),
   ('level', toString(level)), ('transaction', toString(transaction)),
   ('user', if(empty(identities), '', identities[1]))])))`;

/** Tags of an issue's events: the most frequent values of each key, with the number of events and of values of the key. */
export const tagsOfIssue = defineQuery({
  name: 'tags_of_issue',
  params: {
    project: z.number(),
    hashes: hashesParam.min(1),
    environments: environmentsParam,
    /** Only this key; empty: all. */
    key: z.string().max(300),
    from: timeParam,
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
      SELECT pair.1 AS key, pair.2 AS value, count() AS events, min(received) AS first, max(received) AS last
      FROM events ARRAY JOIN ${TAG_PAIRS} AS pair
      WHERE project_id = {project:UInt32} AND grouping_hash IN {hashes:Array(UInt64)}
        AND received >= fromUnixTimestamp64Milli({from:Int64})
        AND (empty({environments:Array(String)}) OR environment IN {environments:Array(String)})
        AND ({key:String} = '' OR pair.1 = {key:String})
      GROUP BY key, value))
    ORDER BY key, events DESC, value LIMIT {valuesPerKey:UInt32} BY key LIMIT 10000`,
  settings: READ_SETTINGS,
});
