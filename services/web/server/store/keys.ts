import type { ProjectKeyRow } from '@culprit/accounts';
import { type Queryable, sql } from '@culprit/postgres';

/** The keys of a project, oldest first. */
export async function listKeys(
  db: Queryable,
  projectId: number,
  rows: { readonly limit: number; readonly offset: number },
): Promise<readonly ProjectKeyRow[]> {
  return db.many<ProjectKeyRow>(sql`
    select id, project_id, public_key, name, is_active, rate_limit_count, rate_limit_window, created_at
    from project_keys where project_id = ${projectId} order by id
    limit ${rows.limit} offset ${rows.offset}`);
}

/** A key by its id or its public key: Sentry's clients use the latter as id. */
export async function findKey(
  db: Queryable,
  projectId: number,
  id: string,
): Promise<ProjectKeyRow | undefined> {
  return db.maybeOne<ProjectKeyRow>(sql`
    select id, project_id, public_key, name, is_active, rate_limit_count, rate_limit_window, created_at
    from project_keys where project_id = ${projectId} and (id::text = ${id} or public_key = ${id})`);
}

/** Changes what is given, in one statement: a key that another request switches off meanwhile stays off. */
export async function updateKey(
  db: Queryable,
  id: number,
  {
    name,
    isActive,
    rateLimit,
  }: {
    readonly name?: string | undefined;
    readonly isActive?: boolean | undefined;
    readonly rateLimit?: { readonly count: number; readonly window: number } | null | undefined;
  },
): Promise<void> {
  const keepsLimit = rateLimit === undefined;
  await db.execute(sql`
    update project_keys set
      name = coalesce(${name ?? null}::text, name),
      is_active = coalesce(${isActive ?? null}::boolean, is_active),
      rate_limit_count = case when ${keepsLimit}::boolean then rate_limit_count else ${rateLimit?.count ?? null}::integer end,
      rate_limit_window = case when ${keepsLimit}::boolean then rate_limit_window else ${rateLimit?.window ?? null}::integer end
    where id = ${id}`);
}

export async function deleteKey(db: Queryable, id: number): Promise<void> {
  await db.execute(sql`delete from project_keys where id = ${id}`);
}
