import type { ApiTokenRow } from '@culprit/accounts';
import { type Queryable, sql } from '@culprit/postgres';

/** Tokens that are not revoked. */
export async function listApiTokens(
  db: Queryable,
  organizationId: string,
  rows: { readonly limit: number; readonly offset: number },
): Promise<readonly ApiTokenRow[]> {
  return db.many<ApiTokenRow>(sql`
    select id, name, last_characters, scopes, created_at from api_tokens
    where organization_id = ${organizationId} and revoked_at is null
    order by id limit ${rows.limit} offset ${rows.offset}`);
}

export async function findApiToken(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<ApiTokenRow | undefined> {
  return db.maybeOne<ApiTokenRow>(sql`
    select id, name, last_characters, scopes, created_at from api_tokens
    where organization_id = ${organizationId} and id::text = ${id} and revoked_at is null`);
}

export async function revokeApiToken(
  db: Queryable,
  organizationId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const changed = await db.execute(sql`
    update api_tokens set revoked_at = ${now}
    where organization_id = ${organizationId} and id::text = ${id} and revoked_at is null`);
  return changed > 0;
}
