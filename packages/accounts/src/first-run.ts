import { SCOPES } from '@culprit/api';
import { type Database, type Queryable, sql, type Transaction } from '@culprit/postgres';
import type { Clock } from '@culprit/runtime';
import { createOrganization, createTeam, setMember } from './organizations.ts';
import { hashPassword, makePassword } from './passwords.ts';
import { createProject, createProjectKey, makePublicKey } from './projects.ts';
import { insertApiToken, mintToken } from './tokens.ts';
import { createUser } from './users.ts';

const NAMES = {
  organization: { slug: 'main', name: 'Main' },
  team: { slug: 'main', name: 'Main' },
  project: { slug: 'app', name: 'App' },
};
const DEFAULT_EMAIL = 'admin@localhost';

/** What the database keeps only as hashes. Save it (mode 0600) before `createFirstRun`: then a crash in between loses nothing. */
export interface FirstRunSecrets {
  readonly password: string;
  readonly token: string;
  readonly publicKey: string;
}

/** Makes password, token and public key of the first run. Touches nothing. */
export function makeFirstRunSecrets(options: {
  readonly clock: Clock;
  readonly publicUrl: string;
}): FirstRunSecrets {
  return {
    password: makePassword(),
    token: mintToken({
      now: options.clock.now(),
      publicUrl: options.publicUrl,
      organization: NAMES.organization.slug,
    }),
    publicKey: makePublicKey(),
  };
}

export interface FirstRun {
  /** Whether this call made it. */
  readonly created: boolean;
  readonly organization: { readonly id: string; readonly slug: string; readonly name: string };
  readonly project: { readonly id: number; readonly slug: string; readonly name: string };
  /** With the project's id the parts of a DSN: `dsnOf(ingestUrl, publicKey, project.id)`. */
  readonly publicKey: string;
  readonly email: string;
  /** Null when it was made earlier and the caller did not bring the secrets: the database holds only hashes. */
  readonly password: string | null;
  readonly token: string | null;
}

export interface FirstRunOptions {
  readonly clock: Clock;
  /** Origin where people reach the web service; part of the token. */
  readonly publicUrl: string;
  /** From `makeFirstRunSecrets`, saved by the caller. Made here when absent. */
  readonly secrets?: FirstRunSecrets;
  /** Default `admin@localhost`. */
  readonly email?: string;
}

/**
 * Makes organization, team, project, key, an owner who is staff and a token with all scopes, in one transaction, if there is no
 * organization yet; else tells what is there. Safe to call again and from several processes at once.
 */
export async function createFirstRun(database: Database, options: FirstRunOptions): Promise<FirstRun> {
  const existing = await findFirstRun(database);
  if (existing !== undefined) return withSecrets(existing, options.secrets);
  const secrets = options.secrets ?? makeFirstRunSecrets(options);
  // Outside the transaction: it takes a quarter of a second.
  const passwordHash = await hashPassword(secrets.password);
  return database.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('culprit first run'))`);
    const other = await findFirstRun(tx);
    if (other !== undefined) return withSecrets(other, options.secrets);
    const email = (options.email ?? DEFAULT_EMAIL).toLowerCase();
    return insertFirstRun(tx, { secrets, passwordHash, email, createdAt: new Date(options.clock.now()) });
  });
}

async function insertFirstRun(
  tx: Transaction,
  facts: { secrets: FirstRunSecrets; passwordHash: string; email: string; createdAt: Date },
): Promise<FirstRun> {
  const { secrets, email, createdAt } = facts;
  const organizationId = await createOrganization(tx, { ...NAMES.organization, createdAt });
  const userId = await createUser(tx, {
    email,
    name: 'Admin',
    passwordHash: facts.passwordHash,
    isStaff: true,
    createdAt,
  });
  await setMember(tx, { organizationId, userId, role: 'owner', createdAt });
  const teamId = await createTeam(tx, { organizationId, ...NAMES.team, createdAt });
  const projectId = await createProject(tx, {
    organizationId,
    teamId,
    ...NAMES.project,
    platform: null,
    createdAt,
  });
  await createProjectKey(tx, {
    projectId,
    publicKey: secrets.publicKey,
    name: 'Default',
    rateLimit: null,
    isActive: true,
    createdAt,
  });
  await insertApiToken(tx, {
    organizationId,
    userId,
    name: 'First run',
    token: secrets.token,
    scopes: SCOPES,
    createdAt,
  });
  return {
    created: true,
    organization: { id: organizationId, ...NAMES.organization },
    project: { id: projectId, ...NAMES.project },
    email,
    ...secrets,
  };
}

interface ExistingRun {
  readonly organization_id: string;
  readonly organization_slug: string;
  readonly organization_name: string;
  readonly project_id: number;
  readonly project_slug: string;
  readonly project_name: string;
  readonly public_key: string;
  readonly email: string;
}

/** The oldest organization that has an owner and a project with a working key. */
async function findFirstRun(db: Queryable): Promise<ExistingRun | undefined> {
  return db.maybeOne<ExistingRun>(sql`
    select o.id as organization_id, o.slug as organization_slug, o.name as organization_name,
           p.id as project_id, p.slug as project_slug, p.name as project_name, k.public_key, u.email
    from organizations o
    join projects p on p.organization_id = o.id
    join project_keys k on k.project_id = p.id
    join members m on m.organization_id = o.id and m.role = 'owner'
    join users u on u.id = m.user_id
    order by o.id, p.id, not k.is_active, k.id, u.id
    limit 1`);
}

function withSecrets(run: ExistingRun, secrets: FirstRunSecrets | undefined): FirstRun {
  return {
    created: false,
    organization: { id: run.organization_id, slug: run.organization_slug, name: run.organization_name },
    project: { id: run.project_id, slug: run.project_slug, name: run.project_name },
    publicKey: run.public_key,
    email: run.email,
    password: secrets?.password ?? null,
    token: secrets?.token ?? null,
  };
}
