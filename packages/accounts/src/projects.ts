import { randomBytes } from 'node:crypto';
import { type Queryable, sql } from '@culprit/postgres';

/** Makes a project without a key. @throws PostgresError 23505 when the slug is taken in its organization. */
export async function createProject(
  db: Queryable,
  project: {
    readonly organizationId: string;
    readonly teamId: string | null;
    readonly slug: string;
    readonly name: string;
    readonly platform: string | null;
    readonly createdAt: Date;
  },
): Promise<number> {
  const { id } = await db.one<{ id: number }>(sql`
    insert into projects (organization_id, team_id, slug, name, platform, created_at)
    values (${project.organizationId}, ${project.teamId}, ${project.slug}, ${project.name}, ${project.platform},
            ${project.createdAt})
    returning id`);
  return id;
}

export interface ProjectKeyRow {
  readonly id: number;
  readonly project_id: number;
  readonly public_key: string;
  readonly name: string;
  readonly is_active: boolean;
  readonly rate_limit_count: number | null;
  readonly rate_limit_window: number | null;
  readonly created_at: Date;
}

/** Makes a key of a project. */
export async function createProjectKey(
  db: Queryable,
  key: {
    readonly projectId: number;
    readonly publicKey: string;
    readonly name: string;
    readonly rateLimit: { readonly count: number; readonly window: number } | null;
    readonly isActive: boolean;
    readonly createdAt: Date;
  },
): Promise<ProjectKeyRow> {
  return db.one<ProjectKeyRow>(sql`
    insert into project_keys (project_id, public_key, name, is_active, rate_limit_count, rate_limit_window, created_at)
    values (${key.projectId}, ${key.publicKey}, ${key.name}, ${key.isActive}, ${key.rateLimit?.count ?? null},
            ${key.rateLimit?.window ?? null}, ${key.createdAt})
    returning id, project_id, public_key, name, is_active, rate_limit_count, rate_limit_window, created_at`);
}

/** 32 hex digits. */
export function makePublicKey(): string {
  return randomBytes(16).toString('hex');
}
