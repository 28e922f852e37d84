import { identifier, json, type Queryable, type Sql, sql } from '@culprit/postgres';
import { POSTGRES_TABLES, type PostgresTable } from '@culprit/retention';
import type { HashKey } from './issues.ts';

/** Something that a person has deleted and whose rows in ClickHouse still have to go. */
export interface Deletion {
  readonly id: string;
  readonly kind: 'issue' | 'project';
  readonly project_id: number;
  readonly hashes: readonly string[];
  readonly topic: string;
  /** By partition: only rows below go. */
  readonly offsets: readonly string[];
  readonly created_at: Date;
  /** By unix seconds of the hour: how many events go. Null until it was counted. */
  readonly hours: Readonly<Record<string, number>> | null;
}

export async function openDeletions(database: Queryable, limit: number): Promise<readonly Deletion[]> {
  return database.many<Deletion>(sql`
    select id, kind, project_id, hashes, topic, offsets, created_at, hours
    from deletions where finished_at is null order by id limit ${limit}`);
}

/** Hashes of a project that are being deleted. */
export async function hashesBeingDeleted(
  database: Queryable,
  projectId: number,
): Promise<ReadonlySet<string>> {
  const rows = await database.many<{ hash: string }>(sql`
    select unnest(hashes) as hash from deletions where finished_at is null and project_id = ${projectId}`);
  return new Set(rows.map((row) => row.hash));
}

/**
 * Below which offset of a partition events of a hash were deleted, as `hashKeyOf` writes it; of one that is discarded all of them were, or
 * were never stored. Hashes of which nothing was deleted are not there.
 */
export async function deletedUntil(
  database: Queryable,
  place: { readonly topic: string; readonly partition: number },
  keys: readonly HashKey[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await database.many<{ project_id: number; hash: string; until: string | null }>(sql`
    with key as (
      select distinct project_id, hash
      from unnest(${keys.map((key) => key.projectId)}::int[], ${keys.map((key) => key.hash)}::text[]) as k (project_id, hash)
    )
    select key.project_id, key.hash, null::bigint as until from key
    join discarded_hashes d on d.project_id = key.project_id and d.hash = key.hash
    union all
    select key.project_id, key.hash, coalesce(max(d.offsets[${place.partition + 1}::int]), 0) from key
    join deletions d on d.project_id = key.project_id and key.hash = any(d.hashes)
    where d.kind = 'issue' and d.topic = ${place.topic}
    group by 1, 2`);
  const until = new Map<string, number>();
  for (const row of rows) {
    const key = `${row.project_id}:${row.hash}`;
    const offset = row.until === null ? Number.POSITIVE_INFINITY : Number(row.until);
    until.set(key, Math.max(offset, until.get(key) ?? 0));
  }
  return until;
}

/** When the last deletion of issues of a project ended, unix milliseconds; 0 when there was none, infinity while one is open. */
export async function issuesDeletedUntil(database: Queryable, projectId: number): Promise<number> {
  const { open, last } = await database.one<{ open: boolean | null; last: Date | null }>(sql`
    select bool_or(finished_at is null) as open, max(finished_at) as last
    from deletions where project_id = ${projectId} and kind = 'issue'`);
  return open === true ? Number.POSITIVE_INFINITY : (last?.getTime() ?? 0);
}

/** By unix milliseconds of the hour: accepted events that were deleted. */
export async function deletedByHour(
  database: Queryable,
  projectId: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = await database.many<{ hour: Date; quantity: string }>(
    sql`select hour, quantity from deleted_events where project_id = ${projectId}`,
  );
  return new Map(rows.map((row) => [row.hour.getTime(), Number(row.quantity)]));
}

/** Writes down what goes, before it does; once, so that a repeat counts nothing twice. */
export async function noteHours(
  database: Queryable,
  id: string,
  hours: Readonly<Record<string, number>>,
): Promise<void> {
  await database.execute(
    sql`update deletions set hours = ${json(hours)}::jsonb where id = ${id} and hours is null`,
  );
}

/** The rows are gone: they count as deleted from now on. */
export async function finishDeletions(database: Queryable, ids: readonly string[], now: Date): Promise<void> {
  await database.execute(sql`
    with finished as (
      update deletions set finished_at = ${now} where id = any(${ids}::bigint[]) and finished_at is null
      returning project_id, hours
    )
    insert into deleted_events (project_id, hour, quantity)
    select finished.project_id, to_timestamp(hour.key::double precision), sum(hour.value::bigint)
    from finished join projects p on p.id = finished.project_id
    cross join lateral jsonb_each_text(coalesce(finished.hours, '{}')) as hour
    group by 1, 2
    on conflict (project_id, hour) do update set quantity = deleted_events.quantity + excluded.quantity`);
}

const AT_ONCE = 5_000;

/** Deletes the rows of a project in all tables but its own, in small steps. */
export async function deleteProjectRows(database: Queryable, projectId: number): Promise<void> {
  for (const table of POSTGRES_TABLES) {
    if (table.ofProject === null || table.name === 'projects') continue;
    const where = conditionOf(table, projectId);
    for (;;) {
      const gone = await database.execute(sql`
        delete from ${identifier(table.name)} where ctid = any(array(
          select ctid from ${identifier(table.name)} where ${where} limit ${AT_ONCE}))`);
      if (gone < AT_ONCE) break;
    }
  }
}

function conditionOf(table: PostgresTable, projectId: number): Sql {
  const { ofProject } = table;
  if (ofProject === null) throw new Error(`${table.name} has no rows of a project`);
  const column = identifier(ofProject.column);
  if (!('table' in ofProject)) return sql`${column} = ${projectId}`;
  return sql`${column} in (select id from ${identifier(ofProject.table)} where project_id = ${projectId})`;
}

/** The last step: the project itself, which must still be on its way out. */
export async function deleteProjectRow(database: Queryable, projectId: number): Promise<void> {
  await database.execute(sql`delete from projects where id = ${projectId} and status = 'deleting'`);
}

/** Forgets what is written down of deletions that no one compares with any more. */
export async function forgetOldDeletions(database: Queryable, before: Date): Promise<void> {
  await database.execute(sql`delete from deletions where finished_at < ${before}`);
  await database.execute(sql`
    delete from deleted_events d using projects p
    where p.id = d.project_id and d.hour < p.events_kept_since - interval '1 day'`);
}
