import { type Queryable, type Sql, sql, type Transaction } from '@culprit/postgres';

export interface DeployRow {
  readonly id: string;
  readonly number: string;
  readonly environment: string;
  readonly version: string;
  readonly name: string | null;
  readonly url: string | null;
  readonly date_started: Date | null;
  readonly date_finished: Date;
  readonly projects: readonly string[];
  readonly new_issues: string;
}

const SELECT: Sql = sql`
  select d.id, d.number, d.environment, r.version, d.name, d.url, d.date_started, d.date_finished,
         array(select p.slug from deploy_projects dp join projects p on p.id = dp.project_id
               where dp.deploy_id = d.id order by p.slug) as projects,
         (select count(*) from issues i where i.first_deploy_id = d.id) as new_issues
  from deploys d join releases r on r.id = d.release_id`;

/** Deploys by id. */
export async function findDeploys(
  db: Queryable,
  organizationId: string,
  ids: readonly string[],
): Promise<readonly DeployRow[]> {
  return db.many<DeployRow>(sql`
    ${SELECT} where d.organization_id = ${organizationId} and d.id = any(${ids}::bigint[])`);
}

/** Newest first, by when they were finished. */
export async function listDeploys(
  db: Queryable,
  organizationId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly DeployRow[]> {
  return db.many<DeployRow>(sql`
    ${SELECT} where d.organization_id = ${organizationId}
    order by d.date_finished desc, d.id desc limit ${page.limit} offset ${page.offset}`);
}

export async function listDeploysOfRelease(
  db: Queryable,
  releaseId: string,
  page: { readonly limit: number; readonly offset: number },
): Promise<readonly DeployRow[]> {
  return db.many<DeployRow>(sql`
    ${SELECT} where d.release_id = ${releaseId} order by d.date_finished desc, d.id desc
    limit ${page.limit} offset ${page.offset}`);
}

/** Deploys of these projects that were finished in the span, oldest first. */
export async function listDeploysBetween(
  db: Queryable,
  span: {
    readonly projectIds: readonly number[];
    readonly environments: readonly string[];
    readonly from: Date;
    readonly to: Date;
    readonly limit: number;
  },
): Promise<readonly DeployRow[]> {
  const all = span.environments.length === 0;
  const rows = await db.many<DeployRow>(sql`
    ${SELECT}
    where d.date_finished >= ${span.from} and d.date_finished < ${span.to}
      and (${all} or d.environment = any(${span.environments}::text[]))
      and d.id in (select deploy_id from deploy_projects where project_id = any(${span.projectIds}::int[]))
    order by d.date_finished desc, d.id desc limit ${span.limit}`);
  return [...rows].reverse();
}

/** Makes a deploy with the organization's next number, and the environments that its projects lack. Resolves to its id. */
export async function createDeploy(
  tx: Transaction,
  deploy: {
    readonly organizationId: string;
    readonly releaseId: string;
    readonly projectIds: readonly number[];
    readonly environment: string;
    readonly name: string | null;
    readonly url: string | null;
    readonly dateStarted: Date | null;
    readonly dateFinished: Date;
    readonly now: Date;
  },
): Promise<string> {
  const { id } = await tx.one<{ id: string }>(sql`
    with numbered as (
      update organizations set next_deploy_number = next_deploy_number + 1 where id = ${deploy.organizationId}
      returning next_deploy_number - 1 as number
    )
    insert into deploys (organization_id, number, release_id, environment, name, url, date_started, date_finished, created_at)
    select ${deploy.organizationId}, numbered.number, ${deploy.releaseId}, ${deploy.environment}, ${deploy.name}, ${deploy.url},
           ${deploy.dateStarted}::timestamptz, ${deploy.dateFinished}::timestamptz, ${deploy.now}::timestamptz
    from numbered
    returning id`);
  await tx.execute(sql`
    insert into deploy_projects (deploy_id, project_id)
    select ${id}, project_id from unnest(${deploy.projectIds}::int[]) as of (project_id)`);
  await tx.execute(sql`
    insert into environments (project_id, name, created_at)
    select project_id, ${deploy.environment}, ${deploy.now}::timestamptz
    from unnest(${deploy.projectIds}::int[]) as of (project_id) order by project_id
    on conflict (project_id, name) do nothing`);
  return id;
}
