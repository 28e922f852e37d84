import { type Queryable, sql } from '@culprit/postgres';
import type { ProjectFacts } from '../stages/types.ts';

/** Facts of the projects that exist among `ids`. */
export async function readProjects(
  database: Queryable,
  ids: readonly number[],
): Promise<readonly ProjectFacts[]> {
  const rows = await database.many<{ id: number; organization_id: string; hash_secret: Buffer }>(sql`
    select p.id, p.organization_id, o.hash_secret
    from projects p join organizations o on o.id = p.organization_id
    where p.id = any(${ids}::int[]) and p.status = 'active'`);
  return rows.map((row) => ({
    id: row.id,
    organizationId: row.organization_id,
    hashSecret: row.hash_secret,
  }));
}
