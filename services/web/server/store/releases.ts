import { type Queryable, type Sql, sql, type Transaction } from '@culprit/postgres';

export interface ReleaseRow {
  readonly id: string;
  readonly version: string;
  readonly ref: string | null;
  readonly url: string | null;
  readonly status: 'open' | 'archived';
  readonly date_created: Date;
  readonly date_released: Date | null;
  readonly first_event: Date | null;
  readonly last_event: Date | null;
  readonly new_issues: string;
  readonly deploy_count: string;
  readonly last_deploy_id: string | null;
  readonly projects: readonly {
    readonly id: number;
    readonly slug: string;
    readonly name: string;
    readonly platform: string | null;
  }[];
}

const SELECT: Sql = sql`
  select r.id, r.version, r.ref, r.url, r.status, r.date_created, r.date_released,
         seen.first_event, seen.last_event, coalesce(seen.new_issues, 0) as new_issues,
         (select count(*) from deploys d where d.release_id = r.id) as deploy_count,
         (select d.id from deploys d where d.release_id = r.id order by d.date_finished desc, d.id desc limit 1) as last_deploy_id,
         coalesce(seen.projects, '[]') as projects
  from releases r
  left join lateral (
    select min(rp.first_event) as first_event, max(rp.last_event) as last_event, sum(rp.new_issues)::bigint as new_issues,
           jsonb_agg(jsonb_build_object('id', p.id, 'slug', p.slug, 'name', p.name, 'platform', p.platform) order by p.slug) as projects
    from release_projects rp join projects p on p.id = rp.project_id
    where rp.release_id = r.id
  ) seen on true`;

/** A release of an organization by version; `projectId`: only if that project has it. */
export async function findRelease(
  db: Queryable,
  organizationId: string,
  version: string,
  projectId?: number,
): Promise<ReleaseRow | undefined> {
  const project = projectId ?? null;
  return db.maybeOne<ReleaseRow>(sql`
    ${SELECT}
    where r.organization_id = ${organizationId} and r.version = ${version}
      and (${project}::int is null
           or exists (select 1 from release_projects rp where rp.release_id = r.id and rp.project_id = ${project}))`);
}

/** Newest first, by when they were released, else made. */
export async function listReleases(
  db: Queryable,
  filter: {
    readonly organizationId: string;
    /** Of these projects; null: all of the organization, also those that no project has. */
    readonly projectIds: readonly number[] | null;
    readonly status: 'open' | 'archived' | null;
    /** Part of the version, any case. */
    readonly text: string;
    readonly limit: number;
    readonly offset: number;
  },
): Promise<readonly ReleaseRow[]> {
  const pattern = `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`;
  return db.many<ReleaseRow>(sql`
    ${SELECT}
    where r.organization_id = ${filter.organizationId}
      and (${filter.projectIds}::int[] is null
           or r.id in (select release_id from release_projects where project_id = any(${filter.projectIds}::int[])))
      and (${filter.status}::text is null or r.status = ${filter.status})
      and r.version ilike ${pattern}
    order by coalesce(r.date_released, r.date_created) desc, r.id desc
    limit ${filter.limit} offset ${filter.offset}`);
}

export interface ReleaseFields {
  readonly ref?: string | null | undefined;
  readonly url?: string | null | undefined;
  readonly dateReleased?: Date | undefined;
  readonly status?: 'open' | 'archived' | undefined;
}

/** Makes the release if it is not there. What is there keeps its url and dates, but gets a date where it has none, and the status. */
export async function upsertRelease(
  tx: Transaction,
  release: ReleaseFields & {
    readonly organizationId: string;
    readonly version: string;
    readonly dateCreated: Date;
  },
): Promise<{ readonly id: string; readonly created: boolean }> {
  const made = await tx.maybeOne<{ id: string }>(sql`
    insert into releases (organization_id, version, ref, url, status, date_created, date_released)
    values (${release.organizationId}, ${release.version}, ${release.ref ?? null}, ${release.url ?? null},
            ${release.status ?? 'open'}, ${release.dateCreated}, ${release.dateReleased ?? null})
    on conflict (organization_id, version) do nothing
    returning id`);
  if (made !== undefined) return { id: made.id, created: true };
  const { id } = await tx.one<{ id: string }>(sql`
    update releases set status = coalesce(${release.status ?? null}, status),
      date_released = coalesce(date_released, ${release.dateReleased ?? null}::timestamptz),
      ref = coalesce(ref, ${release.ref ?? null}), url = coalesce(url, ${release.url ?? null})
    where organization_id = ${release.organizationId} and version = ${release.version}
    returning id`);
  return { id, created: false };
}

/** Resolves to how many projects are new to the release. */
export async function linkProjects(
  tx: Queryable,
  releaseId: string,
  projectIds: readonly number[],
): Promise<number> {
  return tx.execute(sql`
    insert into release_projects (release_id, project_id)
    select ${releaseId}, project_id from unnest(${projectIds}::int[]) as of (project_id) order by project_id
    on conflict (release_id, project_id) do nothing`);
}

/** Sets what is given. */
export async function updateRelease(db: Queryable, id: string, fields: ReleaseFields): Promise<void> {
  await db.execute(sql`
    update releases set
      ref = coalesce(${fields.ref ?? null}, ref),
      url = coalesce(${fields.url ?? null}, url),
      date_released = coalesce(${fields.dateReleased ?? null}::timestamptz, date_released),
      status = coalesce(${fields.status ?? null}, status)
    where id = ${id}`);
}
