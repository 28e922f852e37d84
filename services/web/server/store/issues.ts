import type { IssueSort, IssueStatus } from '@culprit/api';
import { emptySql, joinSql, json, type Queryable, type Sql, sql } from '@culprit/postgres';
import { parseShortId } from '@culprit/protocol';
import type { HashKey } from './issue-hashes.ts';

export interface IssueRow {
  readonly id: string;
  readonly organization_id: string;
  readonly organization_slug: string;
  readonly project_id: number;
  readonly project_slug: string;
  readonly project_name: string;
  readonly project_platform: string | null;
  readonly short_id: string;
  readonly title: string;
  readonly culprit: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly type: string;
  readonly level: string;
  readonly platform: string;
  readonly logger: string | null;
  readonly status: IssueStatus;
  readonly substatus: string | null;
  readonly first_seen: Date;
  readonly last_seen: Date;
  readonly times_seen: string;
  readonly users_seen: string;
  readonly has_unhandled: boolean;
  readonly first_release: string | null;
  readonly last_release: string | null;
  readonly first_deploy_id: string | null;
  readonly last_deploy_id: string | null;
  /** Value of the sort column as a whole number (times in microseconds), for the cursor. */
  readonly sort_key: string;
}

const SORT_COLUMNS: Readonly<Record<IssueSort, Sql>> = {
  date: sql`i.last_seen`,
  new: sql`i.first_seen`,
  freq: sql`i.times_seen`,
  user: sql`i.users_seen`,
};

function isTime(sort: IssueSort): boolean {
  return sort === 'date' || sort === 'new';
}

function selectIssues(sort: IssueSort): Sql {
  const column = SORT_COLUMNS[sort];
  const key = isTime(sort) ? sql`(extract(epoch from ${column}) * 1000000)::bigint` : column;
  return sql`
    select i.id, o.id as organization_id, o.slug as organization_slug,
           i.project_id, p.slug as project_slug, p.name as project_name, p.platform as project_platform,
           i.short_id, i.title, i.culprit, i.metadata, i.type, i.level, i.platform, i.logger, i.status, i.substatus,
           i.first_seen, i.last_seen, i.times_seen, i.users_seen, i.has_unhandled,
           fr.version as first_release, lr.version as last_release, i.first_deploy_id, i.last_deploy_id,
           ${key} as sort_key
    from issues i
    join projects p on p.id = i.project_id and p.status = 'active'
    join organizations o on o.id = p.organization_id
    left join releases fr on fr.id = i.first_release_id
    left join releases lr on lr.id = i.last_release_id`;
}

export async function findIssue(db: Queryable, id: string): Promise<IssueRow | undefined> {
  return db.maybeOne<IssueRow>(sql`${selectIssues('date')} where i.id = ${id}`);
}

export async function findIssueByShortId(
  db: Queryable,
  organizationId: string,
  short: { readonly projectSlug: string; readonly number: number },
): Promise<IssueRow | undefined> {
  return db.maybeOne<IssueRow>(sql`
    ${selectIssues('date')}
    where o.id = ${organizationId} and p.slug = ${short.projectSlug} and i.short_id = ${short.number}`);
}

export async function findIssues(db: Queryable, ids: readonly string[]): Promise<readonly IssueRow[]> {
  return db.many<IssueRow>(sql`${selectIssues('date')} where i.id = any(${ids}::bigint[])`);
}

export interface IssueFilter {
  readonly projectIds: readonly number[];
  readonly status?: IssueStatus | undefined;
  readonly level?: string | undefined;
  readonly firstRelease?: string | undefined;
  readonly unhandled?: boolean | undefined;
  readonly lastSeenSince?: Date | undefined;
  /** Each must stand in title or culprit, or be the short id; any case. */
  readonly words?: readonly string[] | undefined;
  /** Only issues that one of these hashes belongs to. */
  readonly hashes?: readonly HashKey[] | undefined;
  /** Only these, of those that the rest lets through. */
  readonly ids?: readonly string[] | undefined;
}

export interface IssuePage {
  readonly sort: IssueSort;
  readonly limit: number;
  /** Sort key and id of the last row of the page before. */
  readonly after?: { readonly key: string; readonly id: string } | undefined;
}

/** Issues by the sort, largest first. */
export async function listIssues(
  db: Queryable,
  filter: IssueFilter,
  page: IssuePage,
): Promise<readonly IssueRow[]> {
  const column = SORT_COLUMNS[page.sort];
  return db.many<IssueRow>(sql`
    ${selectIssues(page.sort)}
    where ${conditionsOf(filter)} ${afterSql(page)}
    order by ${column} desc, i.id desc
    limit ${page.limit}`);
}

function afterSql({ sort, after }: IssuePage): Sql {
  if (after === undefined) return emptySql;
  const value = isTime(sort)
    ? sql`timestamptz 'epoch' + ${after.key}::bigint * interval '1 microsecond'`
    : sql`${after.key}::bigint`;
  return sql` and (${SORT_COLUMNS[sort]}, i.id) < (${value}, ${after.id}::bigint)`;
}

function conditionsOf(filter: IssueFilter): Sql {
  const conditions: Sql[] = [sql`i.project_id = any(${filter.projectIds}::int[])`];
  if (filter.status !== undefined) conditions.push(sql`i.status = ${filter.status}`);
  if (filter.level !== undefined) conditions.push(sql`i.level = ${filter.level}`);
  if (filter.firstRelease !== undefined) conditions.push(sql`fr.version = ${filter.firstRelease}`);
  if (filter.unhandled !== undefined) conditions.push(sql`i.has_unhandled = ${filter.unhandled}`);
  if (filter.lastSeenSince !== undefined) conditions.push(sql`i.last_seen >= ${filter.lastSeenSince}`);
  if (filter.ids !== undefined) conditions.push(sql`i.id = any(${filter.ids}::bigint[])`);
  for (const word of filter.words ?? []) {
    const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
    const short = parseShortId(word);
    conditions.push(sql`(i.title ilike ${pattern} or i.culprit ilike ${pattern}
      or (p.slug = ${short?.projectSlug ?? null} and i.short_id = ${short?.number ?? null}::bigint))`);
  }
  if (filter.hashes !== undefined) {
    // An array, not a join: thousands of hashes are then looked up first, whatever the planner thinks of them.
    conditions.push(sql`i.id = any(array(
      select distinct h.issue_id
      from unnest(${filter.hashes.map((key) => key.projectId)}::int[], ${filter.hashes.map((key) => key.hash)}::text[])
        as found (project_id, hash)
      join issue_hashes h on h.project_id = found.project_id and h.hash = found.hash))`);
  }
  return joinSql(conditions, sql` and `);
}

/** Ids of the issues that a bulk change is about, in id order. */
export async function listIssueIds(
  db: Queryable,
  filter: IssueFilter,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db.many<{ id: string }>(sql`
    select i.id from issues i join projects p on p.id = i.project_id left join releases fr on fr.id = i.first_release_id
    where ${conditionsOf(filter)}
    order by i.id limit ${limit}`);
  return rows.map((row) => row.id);
}

/** Sets the status of issues and writes down who did it; issues that have it already are left alone. */
export async function setIssueStatus(
  db: Queryable,
  change: {
    readonly ids: readonly string[];
    readonly status: IssueStatus;
    readonly substatus: string | null;
    readonly userId: string | null;
    readonly now: Date;
  },
): Promise<number> {
  return db.execute(sql`
    with changed as (
      update issues set status = ${change.status}, substatus = ${change.substatus}, status_changed_at = ${change.now}
      where id in (select id from issues where id = any(${change.ids}::bigint[]) order by id for no key update)
        and (status <> ${change.status} or substatus is distinct from ${change.substatus})
      returning id
    )
    insert into issue_activity (issue_id, user_id, kind, data, created_at)
    select id, ${change.userId}::bigint, 'set_' || ${change.status}, ${json({ substatus: change.substatus })}::jsonb, ${change.now}
    from changed`);
}

export interface ActivityRow {
  readonly id: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly user_id: string | null;
  readonly user_name: string | null;
  readonly user_email: string | null;
}

/** What happened to an issue, newest first. */
export async function listActivity(
  db: Queryable,
  issueId: string,
  limit: number,
): Promise<readonly ActivityRow[]> {
  return db.many<ActivityRow>(sql`
    select a.id, a.kind, a.data, a.created_at, u.id as user_id, u.name as user_name, u.email as user_email
    from issue_activity a left join users u on u.id = a.user_id
    where a.issue_id = ${issueId} order by a.id desc limit ${limit}`);
}
