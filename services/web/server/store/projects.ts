import { json, type Queryable, type Sql, sql } from '@culprit/postgres';

export interface ProjectRow {
  readonly id: number;
  readonly organization_id: string;
  readonly slug: string;
  readonly name: string;
  readonly platform: string | null;
  readonly status: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly created_at: Date;
  readonly team_id: string | null;
  readonly team_slug: string | null;
  readonly team_name: string | null;
  readonly first_event: Date | null;
  readonly environments: readonly string[];
}

const SELECT: Sql = sql`
  select p.id, p.organization_id, p.slug, p.name, p.platform, p.status, p.settings, p.created_at,
         t.id as team_id, t.slug as team_slug, t.name as team_name,
         (select min(i.first_seen) from issues i where i.project_id = p.id) as first_event,
         array(select e.name from environments e where e.project_id = p.id order by e.name limit 1000) as environments
  from projects p left join teams t on t.id = p.team_id`;

/** The projects of an organization, by slug, Culprit's own last. */
export async function listProjects(
  db: Queryable,
  organizationId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly ProjectRow[]> {
  return db.many<ProjectRow>(sql`
    ${SELECT}
    where p.organization_id = ${organizationId} and p.status = 'active'
    order by p.settings ? 'self', p.slug
    limit ${page.limit} offset ${page.offset}`);
}

/** A project by slug or id. */
export async function findProject(
  db: Queryable,
  organizationId: string,
  slugOrId: string,
): Promise<ProjectRow | undefined> {
  return db.maybeOne<ProjectRow>(sql`
    ${SELECT}
    where p.organization_id = ${organizationId} and p.status = 'active'
      and (p.slug = ${slugOrId} or p.id::text = ${slugOrId})
    order by p.slug = ${slugOrId} desc
    limit 1`);
}

export interface ProjectName {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly platform: string | null;
}

/** Id and names of all projects of an organization, or of those named by slug or id. */
export async function listProjectNames(
  db: Queryable,
  organizationId: string,
  slugsOrIds?: readonly string[],
): Promise<readonly ProjectName[]> {
  const wanted = slugsOrIds ?? null;
  return db.many<ProjectName>(sql`
    select id, slug, name, platform from projects
    where organization_id = ${organizationId} and status = 'active'
      and (${wanted}::text[] is null or slug = any(${wanted}::text[]) or id::text = any(${wanted}::text[]))
    order by id`);
}

/** Changes what is given; `settings` are merged over the ones that are there. @throws PostgresError 23505 when the slug is taken. */
export async function updateProject(
  db: Queryable,
  id: number,
  change: {
    readonly name?: string | undefined;
    readonly slug?: string | undefined;
    readonly platform?: string | null | undefined;
    readonly settings: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const keepsPlatform = change.platform === undefined;
  await db.execute(sql`
    update projects set
      name = coalesce(${change.name ?? null}, name),
      slug = coalesce(${change.slug ?? null}, slug),
      platform = case when ${keepsPlatform} then platform else ${change.platform ?? null} end,
      settings = settings || ${json(change.settings)}::jsonb
    where id = ${id}`);
}
