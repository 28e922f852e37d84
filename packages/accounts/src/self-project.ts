import { type Database, json, sql, type Transaction } from '@culprit/postgres';
import type { Clock } from '@culprit/runtime';
import { createProject, createProjectKey, makePublicKey } from './projects.ts';

/** Where Culprit sends its own errors. */
export interface SelfProject {
  readonly id: number;
  readonly slug: string;
  readonly publicKey: string;
}

export interface SelfProjectOptions {
  readonly clock: Clock;
  /** Whose project it becomes when there is none yet. */
  readonly organizationId: string;
}

interface Found {
  readonly id: number;
  readonly slug: string;
  readonly public_key: string | null;
}

/** Free for the organization's own project of that name. */
const SLUGS = ['culprit', 'culprit-itself', 'culprit-self-report'];

/**
 * Finds Culprit's own project, or makes it. It is known by its settings, so that it may be renamed. Safe to call again and from several processes
 * at once.
 *
 * @returns undefined where a person has disabled all its keys.
 */
export function ensureSelfProject(
  database: Database,
  options: SelfProjectOptions,
): Promise<SelfProject | undefined> {
  return database.transaction(async (tx) => {
    await lock(tx);
    const now = new Date(options.clock.now());
    const found = (await findSelfProject(tx)) ?? (await insertSelfProject(tx, options, now));
    if (found.public_key === null) return undefined;
    return { id: found.id, slug: found.slug, publicKey: found.public_key };
  });
}

/** What runs now, for `noteOwnRelease`. */
export interface OwnRelease {
  readonly clock: Clock;
  readonly projectId: number;
  /** `culprit@1.2.0` */
  readonly release: string;
  readonly environment: string;
}

/** Says which release of Culprit runs. When another one ran before, the change is noted as a deploy of Culprit's own project. */
export async function noteOwnRelease(database: Database, own: OwnRelease): Promise<void> {
  await database.transaction(async (tx) => {
    await lock(tx);
    const project = await tx.maybeOne<{ organization_id: string; release: string | null }>(sql`
      select organization_id, settings->'self'->>'release' as release from projects
      where id = ${own.projectId} and settings ? 'self' and status = 'active'`);
    if (project === undefined || project.release === own.release) return;
    if (project.release !== null) await noteDeploy(tx, project.organization_id, own);
    await tx.execute(sql`
      update projects set settings = settings || ${json({ self: { release: own.release } })}::jsonb
      where id = ${own.projectId}`);
  });
}

async function lock(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('culprit self project'))`);
}

async function findSelfProject(tx: Transaction): Promise<Found | undefined> {
  return tx.maybeOne<Found>(sql`
    select p.id, p.slug,
      (select k.public_key from project_keys k where k.project_id = p.id and k.is_active order by k.id limit 1) as public_key
    from projects p where p.settings ? 'self' and p.status = 'active' order by p.id limit 1`);
}

async function insertSelfProject(
  tx: Transaction,
  { organizationId }: SelfProjectOptions,
  createdAt: Date,
): Promise<Found> {
  const taken = await tx.many<{ slug: string }>(sql`
    select slug from projects where organization_id = ${organizationId} and slug = any(${SLUGS}::text[])`);
  const slug = SLUGS.find((one) => !taken.some((row) => row.slug === one));
  if (slug === undefined) throw new Error("every name for Culprit's own project is taken");
  const project = { organizationId, teamId: null, slug, name: 'Culprit', platform: 'node', createdAt };
  const id = await createProject(tx, project);
  await tx.execute(sql`update projects set settings = ${json({ self: {} })}::jsonb where id = ${id}`);
  const publicKey = makePublicKey();
  const key = { projectId: id, publicKey, name: 'Self-report', rateLimit: null, isActive: true, createdAt };
  await createProjectKey(tx, key);
  return { id, slug, public_key: publicKey };
}

/** What `POST …/releases/` and `POST …/deploys/` do for others. */
async function noteDeploy(
  tx: Transaction,
  organizationId: string,
  { clock, projectId, release, environment }: OwnRelease,
): Promise<void> {
  const now = new Date(clock.now());
  await tx.execute(sql`
    insert into releases (organization_id, version, date_created) values (${organizationId}, ${release}, ${now})
    on conflict (organization_id, version) do nothing`);
  await tx.execute(sql`
    insert into release_projects (release_id, project_id)
    select id, ${projectId} from releases where organization_id = ${organizationId} and version = ${release}
    on conflict (release_id, project_id) do nothing`);
  await tx.execute(sql`
    insert into environments (project_id, name, created_at) values (${projectId}, ${environment}, ${now})
    on conflict (project_id, name) do nothing`);
  await tx.execute(sql`
    with numbered as (
      update organizations set next_deploy_number = next_deploy_number + 1 where id = ${organizationId}
      returning next_deploy_number - 1 as number
    ), made as (
      insert into deploys (organization_id, number, release_id, environment, date_finished, created_at)
      select ${organizationId}, numbered.number, r.id, ${environment}, ${now}::timestamptz, ${now}::timestamptz
      from numbered, releases r where r.organization_id = ${organizationId} and r.version = ${release}
      returning id
    )
    insert into deploy_projects (deploy_id, project_id) select id, ${projectId} from made`);
}
