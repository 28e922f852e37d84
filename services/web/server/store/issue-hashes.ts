import { type Queryable, sql } from '@culprit/postgres';

export interface HashKey {
  readonly projectId: number;
  /** 16 lower-case hex digits. */
  readonly hash: string;
}

export interface IssueHash extends HashKey {
  readonly issueId: string;
}

/** Most hashes of one issue that a query asks for: the newest. Bounds the query's text; ordinary issues have one to three. */
const MOST_PER_ISSUE = 100;
const MOST_IN_ALL = 2_000;

/** The hashes that resolve to these issues. */
export async function listHashes(db: Queryable, issueIds: readonly string[]): Promise<readonly IssueHash[]> {
  const rows = await db.many<{ project_id: number; hash: string; issue_id: string }>(sql`
    select h.project_id, h.hash, h.issue_id
    from unnest(${issueIds}::bigint[]) as wanted (issue_id),
    lateral (
      select project_id, hash, issue_id from issue_hashes
      where issue_id = wanted.issue_id order by created_at desc, hash limit ${MOST_PER_ISSUE}
    ) h
    limit ${MOST_IN_ALL}`);
  return rows.map((row) => ({ projectId: row.project_id, hash: row.hash, issueId: row.issue_id }));
}

/** The issue that each hash resolves to, by `projectId:hash`. */
export async function findIssueIds(
  db: Queryable,
  keys: readonly HashKey[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await db.many<{ project_id: number; hash: string; issue_id: string }>(sql`
    select h.project_id, h.hash, h.issue_id
    from unnest(${keys.map((key) => key.projectId)}::int[], ${keys.map((key) => key.hash)}::text[]) as found (project_id, hash)
    join issue_hashes h on h.project_id = found.project_id and h.hash = found.hash`);
  return new Map(rows.map((row) => [keyOf({ projectId: row.project_id, hash: row.hash }), row.issue_id]));
}

export function keyOf(key: HashKey): string {
  return `${key.projectId}:${key.hash}`;
}
