import { type Queryable, sql } from '@culprit/postgres';

/** A new or returned issue that nobody was told of, with what a message says about it. */
export interface OutboxFact {
  readonly id: string;
  readonly kind: string;
  readonly created_at: Date;
  readonly organization_id: string;
  readonly organization_slug: string;
  readonly project_id: number;
  readonly project_slug: string;
  readonly issue_id: string;
  readonly short_id: string;
  readonly title: string;
  readonly culprit: string;
  readonly times_seen: string;
  readonly users_seen: string;
  readonly hashes: readonly string[];
  readonly release_version: string | null;
  readonly deploy_id: string | null;
  readonly deploy_number: string | null;
  readonly deploy_environment: string | null;
  readonly deploy_version: string | null;
}

const MOST_FACTS = 1_000;

/** Locks the open facts, oldest first; those that another alerts process works on are left to it. */
export async function takeOpenFacts(tx: Queryable): Promise<readonly OutboxFact[]> {
  return tx.many<OutboxFact>(sql`
    with open as (
      select * from outbox where taken_at is null order by id limit ${MOST_FACTS} for update skip locked
    )
    select o.id, o.kind, o.created_at, o.organization_id, org.slug as organization_slug, o.project_id,
      p.slug as project_slug, o.issue_id, i.short_id, i.title, i.culprit, i.times_seen, i.users_seen,
      array(select hash from issue_hashes h where h.issue_id = i.id limit 100) as hashes,
      r.version as release_version, d.id as deploy_id, d.number as deploy_number,
      d.environment as deploy_environment, dr.version as deploy_version
    from open o
    join organizations org on org.id = o.organization_id
    join projects p on p.id = o.project_id
    join issues i on i.id = o.issue_id
    left join releases r on r.id = o.release_id
    left join deploys d on d.id = o.deploy_id
    left join releases dr on dr.id = d.release_id
    order by o.id`);
}

export async function markTaken(tx: Queryable, ids: readonly string[], now: Date): Promise<void> {
  await tx.execute(sql`update outbox set taken_at = ${now} where id = any(${ids}::bigint[])`);
}

/** When the oldest open fact was written. */
export async function oldestOpenFact(database: Queryable): Promise<Date | undefined> {
  const row = await database.maybeOne<{ created_at: Date }>(
    sql`select created_at from outbox where taken_at is null order by id limit 1`,
  );
  return row?.created_at;
}

/** Facts that were taken long ago say nothing that issues and activity do not say. */
export async function deleteTakenFacts(database: Queryable, before: Date): Promise<void> {
  await database.execute(sql`delete from outbox where taken_at < ${before}`);
}
