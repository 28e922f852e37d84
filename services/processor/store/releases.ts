import { type Queryable, sql } from '@culprit/postgres';

export interface ReleaseKey {
  readonly organizationId: string;
  readonly version: string;
}

export interface ReleaseRow extends ReleaseKey {
  readonly id: string;
}

/** Ids of the releases; those that are not there are made. Keys must be distinct. */
export async function ensureReleases(
  database: Queryable,
  keys: readonly ReleaseKey[],
  now: Date,
): Promise<readonly ReleaseRow[]> {
  if (keys.length === 0) return [];
  const sorted = [...keys].sort((a, b) => (releaseKeyOf(a) < releaseKeyOf(b) ? -1 : 1));
  const organizations = sorted.map((key) => key.organizationId);
  const versions = sorted.map((key) => key.version);
  await database.execute(sql`
    insert into releases (organization_id, version, date_created)
    select organization_id, version, ${now}
    from unnest(${organizations}::bigint[], ${versions}::text[]) as key (organization_id, version)
    where not exists (
      select from releases r where r.organization_id = key.organization_id and r.version = key.version)
    on conflict do nothing`);
  const rows = await database.many<{ id: string; organization_id: string; version: string }>(sql`
    select r.id, r.organization_id, r.version
    from unnest(${organizations}::bigint[], ${versions}::text[]) as key (organization_id, version)
    join releases r on r.organization_id = key.organization_id and r.version = key.version`);
  return rows.map((row) => ({ id: row.id, organizationId: row.organization_id, version: row.version }));
}

export function releaseKeyOf(key: ReleaseKey): string {
  return `${key.organizationId}\n${key.version}`;
}

/** Makes the environments that are not there. */
export async function ensureEnvironments(
  database: Queryable,
  keys: readonly { readonly projectId: number; readonly name: string }[],
): Promise<void> {
  if (keys.length === 0) return;
  const projects = keys.map((key) => key.projectId);
  const names = keys.map((key) => key.name);
  await database.execute(sql`
    insert into environments (project_id, name)
    select project_id, name from unnest(${projects}::int[], ${names}::text[]) as key (project_id, name)
    where not exists (select from environments e where e.project_id = key.project_id and e.name = key.name)
    order by project_id, name
    on conflict do nothing`);
}

export interface DeployQuestion {
  readonly projectId: number;
  readonly environment: string;
  /** '' for an event without release. */
  readonly version: string;
  /** Unix milliseconds. */
  readonly received: number;
}

/**
 * Which deploy was live for each question: the newest one of the event's release in its environment that was there when the event came;
 * for an event without release the newest one of the environment. An event of a release that was never deployed there has none. A
 * deploy counts from its end or from when we heard of it, whichever is earlier: the clock of the machine that deploys may be ahead.
 */
export async function findLiveDeploys(
  database: Queryable,
  questions: readonly DeployQuestion[],
): Promise<readonly (string | undefined)[]> {
  if (questions.length === 0) return [];
  const rows = await database.many<{ place: string; deploy_id: string }>(sql`
    select question.place, live.id as deploy_id
    from unnest(
      ${questions.map((q) => q.projectId)}::int[], ${questions.map((q) => q.environment)}::text[],
      ${questions.map((q) => q.version)}::text[], ${questions.map((q) => new Date(q.received))}::timestamptz[]
    ) with ordinality as question (project_id, environment, version, received, place)
    cross join lateral (
      select d.id
      from deploy_projects dp
      join deploys d on d.id = dp.deploy_id
      join releases r on r.id = d.release_id
      where dp.project_id = question.project_id and d.environment = question.environment
        and least(d.date_finished, d.created_at) <= question.received
        and (question.version = '' or r.version = question.version)
      order by d.date_finished desc, d.id desc
      limit 1
    ) live`);
  const byPlace = new Map(rows.map((row) => [Number(row.place) - 1, row.deploy_id]));
  return questions.map((_, place) => byPlace.get(place));
}

/** Notes that projects have releases, whatever came of them. */
export async function linkReleases(
  database: Queryable,
  links: readonly { readonly releaseId: string; readonly projectId: number }[],
): Promise<void> {
  if (links.length === 0) return;
  await database.execute(sql`
    insert into release_projects (release_id, project_id)
    select release_id, project_id
    from unnest(${links.map((l) => l.releaseId)}::bigint[], ${links.map((l) => l.projectId)}::int[]) as link (release_id, project_id)
    where not exists (
      select from release_projects known where known.release_id = link.release_id and known.project_id = link.project_id)
    order by release_id, project_id
    on conflict do nothing`);
}

export interface ReleaseSighting {
  readonly releaseId: string;
  readonly projectId: number;
  readonly first: Date;
  readonly last: Date;
  readonly newIssues: number;
}

/** Notes that releases were seen in projects; sightings must be distinct by release and project. */
export async function recordReleaseSightings(
  database: Queryable,
  sightings: readonly ReleaseSighting[],
): Promise<void> {
  if (sightings.length === 0) return;
  await database.execute(sql`
    insert into release_projects as known (release_id, project_id, first_event, last_event, new_issues)
    select * from unnest(
      ${sightings.map((s) => s.releaseId)}::bigint[], ${sightings.map((s) => s.projectId)}::int[],
      ${sightings.map((s) => s.first)}::timestamptz[], ${sightings.map((s) => s.last)}::timestamptz[],
      ${sightings.map((s) => s.newIssues)}::bigint[]
    ) as seen (release_id, project_id, first_event, last_event, new_issues)
    order by release_id, project_id
    on conflict (release_id, project_id) do update set
      first_event = least(known.first_event, excluded.first_event),
      last_event = greatest(known.last_event, excluded.last_event),
      new_issues = known.new_issues + excluded.new_issues`);
}
