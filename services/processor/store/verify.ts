import { type Queryable, sql } from '@culprit/postgres';

export interface IssueCounters {
  readonly id: string;
  readonly times_seen: string;
  readonly users_seen: string;
  readonly first_seen: Date;
  readonly last_seen: Date;
  readonly hashes: readonly string[];
}

export interface VerifiedProject {
  readonly id: number;
  /** For messages. */
  readonly slug: string;
  /** Unix milliseconds: rows received before may be gone. 0: none are. */
  readonly keptSince: number;
}

/** All projects but those that are being deleted. */
export async function allProjects(database: Queryable): Promise<readonly VerifiedProject[]> {
  const rows = await database.many<{ id: number; slug: string; events_kept_since: Date | null }>(sql`
    select id, slug, events_kept_since from projects where status = 'active' order by id`);
  return rows.map(({ id, slug, events_kept_since }) => ({
    id,
    slug,
    keptSince: events_kept_since?.getTime() ?? 0,
  }));
}

/** The counters of a page of a project's issues, in id order, with their hashes. */
export async function pageOfIssues(
  database: Queryable,
  projectId: number,
  afterId: string,
  limit: number,
): Promise<readonly IssueCounters[]> {
  return database.many<IssueCounters>(sql`
    select i.id, i.times_seen, i.users_seen, i.first_seen, i.last_seen,
      array(select h.hash from issue_hashes h where h.issue_id = i.id order by h.hash) as hashes
    from issues i where i.project_id = ${projectId} and i.id > ${afterId}
    order by i.id limit ${limit}`);
}

/** Hashes of a project that belong to an issue. */
export async function knownHashes(
  database: Queryable,
  projectId: number,
  hashes: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await database.many<{ hash: string }>(
    sql`select hash from issue_hashes where project_id = ${projectId} and hash = any(${hashes}::text[])`,
  );
  return new Set(rows.map((row) => row.hash));
}

/** Sets an issue's counters to what its rows say. */
export async function setIssueCounters(
  database: Queryable,
  issue: { readonly id: string; readonly rows: number; readonly first: Date; readonly last: Date },
): Promise<void> {
  await database.execute(sql`
    update issues set times_seen = ${issue.rows}, first_seen = ${issue.first}, last_seen = ${issue.last}
    where id = ${issue.id}`);
}
