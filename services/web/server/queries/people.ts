import { count, defineQuery, time, uint64 } from '@culprit/clickhouse';
import { z } from 'zod';
import {
  EVENT_ID_COLUMN,
  HASH_COLUMN,
  limitParam,
  projectIdsParam,
  READ_SETTINGS,
  timeParam,
} from './values.ts';

const person = {
  projects: projectIdsParam,
  identities: z.array(z.string().max(500)).min(1).max(10),
  from: timeParam,
};
const WHERE = `project_id IN {projects:Array(UInt32)} AND hasAny(identities, {identities:Array(String)})
      AND received >= fromUnixTimestamp64Milli({from:Int64})`;

/** Which of the identities have events, with their number and span. */
export const identitiesFound = defineQuery({
  name: 'identities_found',
  params: person,
  row: z.object({ identity: z.string(), events: count }),
  sql: `SELECT identity, count() AS events FROM (
    SELECT arrayJoin(arrayIntersect(identities, {identities:Array(String)})) AS identity FROM events WHERE ${WHERE})
    GROUP BY identity ORDER BY identity`,
  settings: READ_SETTINGS,
});

/** What a person met: events per hash, last seen first. */
export const hashesOfPerson = defineQuery({
  name: 'hashes_of_person',
  params: { ...person, limit: limitParam },
  row: z.object({
    project_id: z.number(),
    hash: z.string(),
    events: count,
    first: time,
    last: time,
    last_event_id: z.string(),
    last_release: z.string(),
    last_deploy_id: uint64,
  }),
  sql: `SELECT project_id, ${HASH_COLUMN} AS hash, events, first, last, replaceAll(toString(last_id), '-', '') AS last_event_id,
      last_release, last_deploy_id
    FROM (
      SELECT project_id, grouping_hash, count() AS events, min(received) AS first, max(received) AS last,
        argMax(event_id, received) AS last_id, argMax(release, received) AS last_release,
        argMax(deploy_id, received) AS last_deploy_id
      FROM events WHERE ${WHERE}
      GROUP BY project_id, grouping_hash)
    ORDER BY last DESC LIMIT {limit:UInt32}`,
  settings: READ_SETTINGS,
});

/** `Chrome 141.0`: from the context that normalization fills in, without reading more of the payload's structure than that. */
function nameAndVersion(context: string): string {
  const field = (name: string): string => `JSONExtractString(payload, 'contexts', '${context}', '${name}')`;
  return `trimRight(concat(${field('name')}, ' ', ${field('version')}))`;
}

/** The newest events of a person, with what they used. */
export const eventsOfPerson = defineQuery({
  name: 'events_of_person',
  params: { ...person, limit: limitParam },
  row: z.object({
    project_id: z.number(),
    hash: z.string(),
    event_id: z.string(),
    received: time,
    title: z.string(),
    release: z.string(),
    environment: z.string(),
    deploy_id: uint64,
    browser: z.string(),
    os: z.string(),
  }),
  sql: `SELECT * EXCEPT event_id_hex, event_id_hex AS event_id FROM (
    SELECT project_id, ${HASH_COLUMN} AS hash, ${EVENT_ID_COLUMN} AS event_id_hex, received, title, release, environment, deploy_id,
      ${nameAndVersion('browser')} AS browser, ${nameAndVersion('os')} AS os
    FROM events WHERE ${WHERE}
    ORDER BY received DESC, log_partition DESC, log_offset DESC LIMIT {limit:UInt32})`,
  settings: READ_SETTINGS,
});
