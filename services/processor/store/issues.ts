import { type Queryable, sql } from '@culprit/postgres';
import type { GroupingHash } from '@culprit/protocol';

export interface HashKey {
  readonly projectId: number;
  readonly hash: GroupingHash;
}

/** A hash that no issue has yet, with the event that made it. */
export interface NewIssue extends HashKey {
  readonly strategy: string;
  readonly title: string;
  readonly culprit: string;
  readonly metadata: object;
  readonly type: string;
  readonly level: string;
  readonly platform: string;
  readonly logger: string | null;
  readonly seen: Date;
  readonly eventId: string;
}

export function hashKeyOf(key: HashKey): string {
  return `${key.projectId}:${key.hash}`;
}

/** The issue of each hash that has one. Keys must be distinct. */
export async function findIssues(
  database: Queryable,
  keys: readonly HashKey[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await database.many<{ project_id: number; hash: string; issue_id: string }>(sql`
    select h.project_id, h.hash, h.issue_id
    from unnest(${keys.map((k) => k.projectId)}::int[], ${keys.map((k) => k.hash)}::text[]) as key (project_id, hash)
    join issue_hashes h on h.project_id = key.project_id and h.hash = key.hash`);
  return new Map(rows.map((row) => [`${row.project_id}:${row.hash}`, row.issue_id]));
}

/**
 * Makes issues, with counters at 0, for hashes that have none. The projects' rows are locked first (in id order), so that two
 * processors cannot make two issues of one hash, and short ids have no gaps.
 */
export async function createIssues(database: Queryable, candidates: readonly NewIssue[]): Promise<void> {
  if (candidates.length === 0) return;
  const projects = [...new Set(candidates.map((candidate) => candidate.projectId))].sort((a, b) => a - b);
  await database.many(
    sql`select id from projects where id = any(${projects}::int[]) order by id for no key update`,
  );
  const known = await findIssues(database, candidates);
  const missing = candidates.filter((candidate) => !known.has(hashKeyOf(candidate)));
  for (const projectId of projects) {
    const issues = missing.filter((issue) => issue.projectId === projectId);
    if (issues.length > 0) await insertIssues(database, projectId, issues);
  }
}

async function insertIssues(
  database: Queryable,
  projectId: number,
  issues: readonly NewIssue[],
): Promise<void> {
  await database.execute(sql`
    with numbered as (
      update projects set next_short_id = next_short_id + ${issues.length} where id = ${projectId}
      returning next_short_id - ${issues.length} as first_short_id
    ), made as (
      insert into issues (project_id, short_id, title, culprit, metadata, type, level, platform, logger,
        first_seen, last_seen, exemplar_event_id)
      select ${projectId}, numbered.first_short_id + new.place - 1, new.title, new.culprit, new.metadata, new.type,
        new.level, new.platform, new.logger, new.seen, new.seen, new.event_id
      from numbered, unnest(
        ${issues.map((i) => i.title)}::text[], ${issues.map((i) => i.culprit)}::text[],
        ${issues.map((i) => JSON.stringify(i.metadata))}::jsonb[], ${issues.map((i) => i.type)}::text[],
        ${issues.map((i) => i.level)}::text[], ${issues.map((i) => i.platform)}::text[],
        ${issues.map((i) => i.logger)}::text[], ${issues.map((i) => i.seen)}::timestamptz[],
        ${issues.map((i) => i.eventId)}::uuid[]
      ) with ordinality as new (title, culprit, metadata, type, level, platform, logger, seen, event_id, place)
      returning id, short_id
    )
    insert into issue_hashes (project_id, hash, strategy, issue_id)
    select ${projectId}, hash.hash, hash.strategy, made.id
    from made, numbered, unnest(${issues.map((i) => i.hash)}::text[], ${issues.map((i) => i.strategy)}::text[])
      with ordinality as hash (hash, strategy, place)
    where made.short_id = numbered.first_short_id + hash.place - 1`);
}

/** What a batch adds to one issue. */
export interface IssueDelta {
  readonly issueId: string;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
  readonly hasUnhandled: boolean;
  readonly firstReleaseId: string | null;
  readonly lastReleaseId: string | null;
  readonly firstDeployId: string | null;
  readonly lastDeployId: string | null;
  readonly exemplarEventId: string;
}

export interface LockedIssue {
  readonly id: string;
  readonly project_id: number;
  readonly times_seen: string;
  readonly status: string;
  readonly status_changed_at: Date | null;
}

/** Locks issues in id order, so that processors cannot deadlock. */
export async function lockIssues(
  database: Queryable,
  ids: readonly string[],
): Promise<readonly LockedIssue[]> {
  return database.many<LockedIssue>(sql`
    select id, project_id, times_seen, status, status_changed_at
    from issues where id = any(${ids}::bigint[]) order by id for update`);
}

/** Adds a batch's counts to issues that are locked. Deltas must be distinct by issue. */
export async function addToIssues(database: Queryable, deltas: readonly IssueDelta[]): Promise<void> {
  if (deltas.length === 0) return;
  await database.execute(sql`
    update issues set
      times_seen = issues.times_seen + delta.count,
      first_seen = case when issues.times_seen = 0 then delta.first else least(issues.first_seen, delta.first) end,
      last_seen = case when issues.times_seen = 0 then delta.last else greatest(issues.last_seen, delta.last) end,
      has_unhandled = issues.has_unhandled or delta.has_unhandled,
      first_release_id = case when issues.times_seen = 0 then delta.first_release_id else issues.first_release_id end,
      first_deploy_id = case when issues.times_seen = 0 then delta.first_deploy_id else issues.first_deploy_id end,
      last_release_id = case when issues.times_seen = 0 or delta.last >= issues.last_seen
        then coalesce(delta.last_release_id, issues.last_release_id) else issues.last_release_id end,
      last_deploy_id = case when issues.times_seen = 0 or delta.last >= issues.last_seen
        then coalesce(delta.last_deploy_id, issues.last_deploy_id) else issues.last_deploy_id end,
      exemplar_event_id = case when issues.times_seen = 0 then delta.exemplar_event_id else issues.exemplar_event_id end
    from unnest(
      ${deltas.map((d) => d.issueId)}::bigint[], ${deltas.map((d) => d.count)}::bigint[],
      ${deltas.map((d) => d.first)}::timestamptz[], ${deltas.map((d) => d.last)}::timestamptz[],
      ${deltas.map((d) => d.hasUnhandled)}::boolean[], ${deltas.map((d) => d.firstReleaseId)}::bigint[],
      ${deltas.map((d) => d.lastReleaseId)}::bigint[], ${deltas.map((d) => d.firstDeployId)}::bigint[],
      ${deltas.map((d) => d.lastDeployId)}::bigint[], ${deltas.map((d) => d.exemplarEventId)}::uuid[]
    ) as delta (issue_id, count, first, last, has_unhandled, first_release_id, last_release_id, first_deploy_id,
      last_deploy_id, exemplar_event_id)
    where issues.id = delta.issue_id`);
}

/** A resolved issue that came back is unresolved again. */
export async function reopenIssues(database: Queryable, ids: readonly string[], now: Date): Promise<void> {
  if (ids.length === 0) return;
  await database.execute(sql`
    update issues set status = 'unresolved', substatus = 'regressed', status_changed_at = ${now}
    where id = any(${ids}::bigint[])`);
  await database.execute(sql`
    insert into issue_activity (issue_id, kind, created_at)
    select id, 'regressed', ${now} from unnest(${ids}::bigint[]) as issue (id) order by id`);
}
