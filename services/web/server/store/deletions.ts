import {
  type Database,
  identifier,
  type Queryable,
  type Sql,
  sql,
  type Transaction,
} from '@culprit/postgres';
import { POSTGRES_TABLES } from '@culprit/retention';

interface Place {
  readonly partition: number;
  readonly next: string;
  readonly plan_last: string | null;
}

/**
 * Deletes issues. They are gone when this resolves; their rows in ClickHouse follow, by the processor. Only events that were committed
 * before go with them: what comes later makes an issue anew, unless `discard`, and then it is filtered.
 *
 * @param change.topic name of the event log.
 * @returns how many there were.
 */
export async function deleteIssues(
  database: Database,
  change: {
    readonly ids: readonly string[];
    readonly discard: boolean;
    readonly topic: string;
    readonly userId: string | null;
    readonly now: Date;
  },
): Promise<number> {
  if (change.ids.length === 0) return 0;
  return database.transaction(async (tx) => {
    const places = await holdPositions(tx, change.topic);
    // What is planned and not committed counts for nothing once the issue is gone; of a discarded one its rows must go as well.
    const offsets = places.map(({ next, plan_last }) =>
      change.discard && plan_last !== null ? Math.max(Number(next), Number(plan_last) + 1) : Number(next),
    );
    const ids = (
      await tx.many<{ id: string }>(
        sql`select id from issues where id = any(${change.ids}::bigint[]) order by id for update`,
      )
    ).map((row) => row.id);
    if (change.discard) await discard(tx, ids, change);
    await tx.execute(sql`
      insert into deletions (kind, organization_id, project_id, issue_id, hashes, topic, offsets, requested_by, created_at)
      select 'issue', p.organization_id, i.project_id, i.id,
        array(select h.hash from issue_hashes h where h.issue_id = i.id), ${change.topic}, ${offsets}::bigint[],
        ${change.userId}, ${change.now}
      from issues i join projects p on p.id = i.project_id where i.id = any(${ids}::bigint[])`);
    for (const { name, ofIssue } of POSTGRES_TABLES) {
      if (ofIssue === undefined) continue;
      await tx.execute(
        sql`delete from ${identifier(name)} where ${identifier(ofIssue)} = any(${ids}::bigint[])`,
      );
    }
    return ids.length;
  });
}

/** Nobody lays a plan or commits one until the transaction ends. One place per partition, from 0 on. */
async function holdPositions(tx: Transaction, topic: string): Promise<readonly Place[]> {
  await tx.many(
    sql`select partition from log_positions where topic = ${topic} order by partition for update`,
  );
  const found = await tx.many<Place>(sql`
    select p.partition, p.next, b.last as plan_last
    from log_positions p left join batch_plans b on b.topic = p.topic and b.partition = p.partition
    where p.topic = ${topic} order by p.partition`);
  const byPartition = new Map(found.map((place) => [place.partition, place]));
  const none = { next: '0', plan_last: null };
  return Array.from(
    { length: (found.at(-1)?.partition ?? -1) + 1 },
    (_, partition) => byPartition.get(partition) ?? { partition, ...none },
  );
}

async function discard(
  tx: Transaction,
  ids: readonly string[],
  change: { readonly userId: string | null; readonly now: Date },
): Promise<void> {
  await tx.execute(sql`
    insert into discarded_hashes (project_id, hash, issue_id, title, culprit, type, level, created_by, created_at)
    select h.project_id, h.hash, i.id, i.title, i.culprit, i.type, i.level, ${change.userId}, ${change.now}
    from issues i join issue_hashes h on h.issue_id = i.id
    where i.id = any(${ids}::bigint[])
    on conflict (project_id, hash) do nothing`);
}

export interface TombstoneRow {
  readonly id: string;
  readonly title: string;
  readonly culprit: string;
  readonly type: string;
  readonly level: string;
  readonly created_at: Date;
  readonly user_id: string | null;
  readonly user_name: string | null;
  readonly user_email: string | null;
}

const TOMBSTONES: Sql = sql`
  select min(d.id) as id, min(d.title) as title, min(d.culprit) as culprit, min(d.type) as type, min(d.level) as level,
    min(d.created_at) as created_at, min(u.id) as user_id, min(u.name) as user_name, min(u.email) as user_email
  from discarded_hashes d left join users u on u.id = d.created_by`;

/** What was discarded in a project, one row per issue, newest first. */
export async function listTombstones(
  db: Queryable,
  projectId: number,
  rows: { readonly limit: number; readonly offset: number },
): Promise<readonly TombstoneRow[]> {
  return db.many<TombstoneRow>(sql`
    ${TOMBSTONES} where d.project_id = ${projectId} group by d.issue_id order by min(d.id) desc
    limit ${rows.limit} offset ${rows.offset}`);
}

/**
 * Lets events of a discarded issue in again: those that come from now on. It is written down up to where they were filtered, so that nobody
 * takes them for lost. False: there is none with this id.
 */
export async function deleteTombstone(
  database: Database,
  change: {
    readonly projectId: number;
    readonly id: string;
    readonly topic: string;
    readonly userId: string | null;
    readonly now: Date;
  },
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const places = await holdPositions(tx, change.topic);
    const offsets = places.map(({ next, plan_last }) => Math.max(Number(next), Number(plan_last ?? -1) + 1));
    const rows = await tx.many<{ hash: string }>(sql`
      delete from discarded_hashes where project_id = ${change.projectId} and issue_id = (
        select issue_id from discarded_hashes where project_id = ${change.projectId} and id = ${change.id}::bigint)
      returning hash`);
    if (rows.length === 0) return false;
    await tx.execute(sql`
      insert into deletions (kind, organization_id, project_id, hashes, topic, offsets, requested_by, created_at, hours, finished_at)
      select 'issue', organization_id, id, ${rows.map((row) => row.hash)}::text[], ${change.topic}, ${offsets}::bigint[],
        ${change.userId}, ${change.now}, '{}', ${change.now}
      from projects where id = ${change.projectId}`);
    return true;
  });
}

/**
 * Marks a project as on its way out: it is no longer shown, ingest refuses its keys within seconds, and the processor deletes what it has. Its
 * slug is free at once.
 */
export async function deleteProject(
  database: Database,
  change: {
    readonly projectId: number;
    readonly topic: string;
    readonly userId: string | null;
    readonly now: Date;
  },
): Promise<void> {
  await database.transaction(async (tx) => {
    const marked = await tx.execute(sql`
      update projects set status = 'deleting', slug = 'DELETED-' || id where id = ${change.projectId} and status = 'active'`);
    if (marked === 0) return;
    await tx.execute(sql`
      insert into deletions (kind, organization_id, project_id, topic, requested_by, created_at)
      select 'project', organization_id, id, ${change.topic}, ${change.userId}, ${change.now}
      from projects where id = ${change.projectId}`);
  });
}
