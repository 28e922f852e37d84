import { type Queryable, sql } from '@culprit/postgres';
import type { HashKey } from './issues.ts';

/** Which of these hashes, that have no issue, were discarded: as `hashKeyOf` writes them. Costs nothing where there are none. */
export async function findDiscarded(
  database: Queryable,
  keys: readonly HashKey[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await database.many<{ project_id: number; hash: string }>(sql`
    select d.project_id, d.hash
    from unnest(${keys.map((key) => key.projectId)}::int[], ${keys.map((key) => key.hash)}::text[]) as key (project_id, hash)
    join discarded_hashes d on d.project_id = key.project_id and d.hash = key.hash`);
  return new Set(rows.map((row) => `${row.project_id}:${row.hash}`));
}
