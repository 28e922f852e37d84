import { type Database, json, type Queryable, type Sql, sql, type Transaction } from '@culprit/postgres';

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

/** A project by slug or id, or by a slug that it had. */
export async function findProject(
  db: Queryable,
  organizationId: string,
  slugOrId: string,
): Promise<ProjectRow | undefined> {
  return db.maybeOne<ProjectRow>(sql`
    ${SELECT}
    where p.organization_id = ${organizationId} and p.status = 'active'
      and (p.slug = ${slugOrId} or p.id::text = ${slugOrId} or p.id = (
        select f.project_id from former_project_slugs f
        where f.organization_id = ${organizationId} and f.slug = ${slugOrId}))
    order by p.slug = ${slugOrId} desc, p.id::text = ${slugOrId} desc
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

/**
 * Changes what is given. `settings` are merged over the ones that are there, and so are their `options`. A slug that is given up still finds
 * the project.
 *
 * @throws PostgresError 23505 when the slug is taken.
 */
export async function updateProject(
  db: Database,
  id: number,
  change: {
    readonly name?: string | undefined;
    readonly slug?: string | undefined;
    readonly platform?: string | null | undefined;
    readonly settings?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { name, slug, platform } = change;
  const { options, ...settings } = change.settings ?? {};
  await db.transaction(async (tx) => {
    if (slug !== undefined) await keepFormerSlug(tx, id, slug);
    if (name !== undefined) await tx.execute(sql`update projects set name = ${name} where id = ${id}`);
    if (platform !== undefined)
      await tx.execute(sql`update projects set platform = ${platform} where id = ${id}`);
    if (Object.keys(settings).length > 0) {
      await tx.execute(
        sql`update projects set settings = settings || ${json(settings)}::jsonb where id = ${id}`,
      );
    }
    if (options !== undefined) {
      await tx.execute(sql`
        update projects set settings = settings || jsonb_build_object('options',
          case when jsonb_typeof(settings -> 'options') = 'object' then settings -> 'options' else '{}' end
          || ${json(options)}::jsonb)
        where id = ${id}`);
    }
  });
}

async function keepFormerSlug(tx: Transaction, id: number, slug: string): Promise<void> {
  await tx.execute(sql`
    insert into former_project_slugs (organization_id, slug, project_id)
    select organization_id, slug, id from projects where id = ${id} and slug <> ${slug}
    on conflict (organization_id, slug) do update set project_id = excluded.project_id, created_at = now()`);
  await tx.execute(sql`update projects set slug = ${slug} where id = ${id} and slug <> ${slug}`);
}
