import {
  createOrganization,
  createProject,
  createProjectKey,
  createTeam,
  createUser,
  hashPassword,
  insertApiToken,
  makePublicKey,
  mintToken,
  setMember,
} from '@culprit/accounts';
import { type Role, SCOPES, type Scope } from '@culprit/api';
import { openFileStore } from '@culprit/files';
import { type Database, json, sql } from '@culprit/postgres';
import { silentLogger } from '@culprit/runtime';
import {
  type ManualClock,
  manualClock,
  NOON,
  temporaryFolder,
  testClickHouse,
  testDatabase,
} from '@culprit/testkit';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type { z } from 'zod';
import { createWebMetrics } from '../metrics.ts';
import { LoginThrottle } from '../server/access/login-throttle.ts';
import { PasswordGate } from '../server/access/password-gate.ts';
import { hashSession, SESSION_COOKIE } from '../server/access/session.ts';
import { buildApp } from '../server/app.ts';
import type { WebContext } from '../server/context.ts';
import { DiskGauge } from '../server/disk.ts';
import { openLogReader } from '../server/log-reader.ts';
import { createDeploy } from '../server/store/deploys.ts';
import { ThroughputGauge } from '../server/throughput.ts';
import { checkDeclaredAnswer } from './declared-answers.ts';

export const PUBLIC_URL = 'https://culprit.example';
export const PASSWORD = 'correct horse';

export interface TestWeb {
  readonly app: FastifyInstance;
  readonly context: WebContext;
  readonly database: Database;
  readonly clock: ManualClock;
  /** Calls the API with a token of all scopes of organization `main`, and checks the answer against `schema`. */
  get<T>(url: string, schema: z.ZodType<T>): Promise<T>;
  send(options: InjectOptions): Promise<Answer>;
  /** Holds `log` and `files`. */
  readonly dataFolder: string;
  readonly main: TestOrganization;
  stop(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly text: string;
}

/** The web app on stores of its own, with one organization `main` and a project `shop` at noon of 20 November 2026. */
export async function startTestWeb(): Promise<TestWeb> {
  const [store, events, folder] = await Promise.all([testDatabase(), testClickHouse(), temporaryFolder()]);
  const clock = manualClock(NOON);
  const log = openLogReader({ mode: 'lmdb', folder: `${folder.path}/log`, topic: 'events', partitions: 2 });
  const context: WebContext = {
    database: store.database,
    clickhouse: events.clickhouse,
    files: await openFileStore(`${folder.path}/files`),
    log,
    clock,
    logger: silentLogger(),
    metrics: createWebMetrics(),
    throttle: new LoginThrottle(clock),
    passwords: new PasswordGate(),
    publicUrl: PUBLIC_URL,
    ingestUrl: 'https://ingest.example',
    disk: new DiskGauge(folder.path),
    throughput: new ThroughputGauge(),
  };
  const app = await buildApp(context, { trustedProxies: [], clientFolder: `${folder.path}/client` });
  const main = await anOrganization(store.database, 'main');
  const send = async (options: InjectOptions): Promise<Answer> => {
    const answer = await app.inject({
      ...options,
      headers: { authorization: `Bearer ${main.token}`, ...options.headers },
    });
    const isJson =
      String(answer.headers['content-type']).startsWith('application/json') && answer.payload !== '';
    const told = {
      status: answer.statusCode,
      headers: answer.headers,
      body: isJson ? answer.json() : undefined,
      text: answer.payload,
    };
    checkDeclaredAnswer(String(options.method ?? 'GET'), String(options.url), told);
    return told;
  };
  return {
    app,
    context,
    database: store.database,
    clock,
    main,
    dataFolder: folder.path,
    send,
    get: async (url, schema) => {
      const answer = await send({ method: 'GET', url });
      if (answer.status !== 200) throw new Error(`GET ${url} answered ${answer.status} ${answer.text}`);
      return schema.parse(answer.body);
    },
    stop: async () => {
      await app.close();
      await log.close();
      await Promise.all([store.drop(), events.drop()]);
      await folder.remove();
    },
  };
}

export interface TestOrganization {
  readonly id: string;
  readonly slug: string;
  readonly projectId: number;
  readonly teamId: string;
  readonly keyId: number;
  /** All scopes, not a person's. */
  readonly token: string;
}

/** An organization with a team, a project `shop` with a key, and a token with all scopes. */
export async function anOrganization(database: Database, slug: string): Promise<TestOrganization> {
  const createdAt = new Date(NOON);
  const id = await createOrganization(database, { slug, name: slug, createdAt });
  const teamId = await createTeam(database, { organizationId: id, slug: 'team', name: 'Team', createdAt });
  const projectId = await aProject(database, { id, teamId }, 'shop');
  const key = await createProjectKey(database, {
    projectId,
    publicKey: makePublicKey(),
    name: 'Default',
    rateLimit: null,
    isActive: true,
    createdAt,
  });
  const token = await aToken(database, { id, slug }, SCOPES);
  return { id, slug, projectId, teamId, keyId: key.id, token };
}

export function aProject(
  database: Database,
  organization: { readonly id: string; readonly teamId: string },
  slug: string,
): Promise<number> {
  return createProject(database, {
    organizationId: organization.id,
    teamId: organization.teamId,
    slug,
    name: slug,
    platform: 'javascript',
    createdAt: new Date(NOON),
  });
}

export async function aToken(
  database: Database,
  organization: { readonly id: string; readonly slug: string },
  scopes: readonly Scope[],
  userId: string | null = null,
): Promise<string> {
  const token = mintToken({ now: NOON, publicUrl: PUBLIC_URL, organization: organization.slug });
  const createdAt = new Date(NOON);
  await insertApiToken(database, {
    organizationId: organization.id,
    userId,
    name: 'test',
    token,
    scopes,
    createdAt,
  });
  return token;
}

export interface TestPerson {
  readonly userId: string;
  readonly email: string;
  /** `Cookie` header of a session. */
  readonly cookie: string;
}

let people = 0;
let passwordHash: Promise<string> | undefined;

/** Someone with the role in the organization (none: an outsider), their password `PASSWORD`, logged in. */
export async function aPerson(
  database: Database,
  membership?: { readonly organizationId: string; readonly role: Role },
  isStaff = false,
): Promise<TestPerson> {
  passwordHash ??= hashPassword(PASSWORD);
  const email = `person${++people}@example.com`;
  const createdAt = new Date(NOON);
  const userId = await createUser(database, {
    email,
    name: `Person ${people}`,
    passwordHash: await passwordHash,
    isStaff,
    createdAt,
  });
  if (membership !== undefined) await setMember(database, { ...membership, userId, createdAt });
  const cookie = `session-of-${userId}`;
  await database.execute(sql`
    insert into web_sessions (id_hash, user_id, created_at, expires_at)
    values (${hashSession(cookie)}, ${userId}, ${createdAt}, ${new Date(NOON + 86_400_000)})`);
  return { userId, email, cookie: `${SESSION_COOKIE}=${cookie}` };
}

export interface IssueFacts {
  readonly projectId: number;
  readonly hash: string;
  readonly title?: string;
  readonly culprit?: string;
  readonly level?: string;
  readonly status?: string;
  readonly firstSeen?: number;
  readonly lastSeen?: number;
  readonly count?: number;
  readonly users?: number;
  readonly unhandled?: boolean;
  readonly firstRelease?: string;
  readonly firstDeployId?: string;
}

/** An issue with one hash, as the processor's commit leaves it. Resolves to its id. */
export async function anIssue(database: Database, facts: IssueFacts): Promise<string> {
  const { id } = await database.one<{ id: string }>(sql`
    with numbered as (
      update projects set next_short_id = next_short_id + 1 where id = ${facts.projectId}
      returning next_short_id - 1 as short_id
    ), made as (
      insert into issues (project_id, short_id, title, culprit, metadata, level, platform, status, first_seen, last_seen,
                          times_seen, users_seen, has_unhandled, first_release_id, last_release_id, first_deploy_id,
                          exemplar_event_id)
      select ${facts.projectId}, short_id, ${facts.title ?? 'TypeError: x is undefined'}, ${facts.culprit ?? 'totalOf'},
             ${json({ type: 'TypeError', value: 'x is undefined' })}::jsonb, ${facts.level ?? 'error'}, 'javascript',
             ${facts.status ?? 'unresolved'}, ${new Date(facts.firstSeen ?? NOON)}::timestamptz,
             ${new Date(facts.lastSeen ?? NOON)}::timestamptz, ${facts.count ?? 1}, ${facts.users ?? 0},
             ${facts.unhandled ?? false},
             (select id from releases where version = ${facts.firstRelease ?? null} limit 1),
             (select id from releases where version = ${facts.firstRelease ?? null} limit 1),
             ${facts.firstDeployId ?? null}::bigint, gen_random_uuid()
      from numbered
      returning id
    )
    insert into issue_hashes (project_id, hash, strategy, issue_id)
    select ${facts.projectId}, ${facts.hash}, 'test', id from made
    returning issue_id as id`);
  return id;
}

/** A release that projects have. Resolves to its id. */
export async function aRelease(
  database: Database,
  organizationId: string,
  version: string,
  projectIds: readonly number[],
): Promise<string> {
  const { id } = await database.one<{ id: string }>(sql`
    insert into releases (organization_id, version, date_created)
    values (${organizationId}, ${version}, ${new Date(NOON)}) returning id`);
  await database.execute(sql`
    insert into release_projects (release_id, project_id)
    select ${id}, project_id from unnest(${projectIds}::int[]) as of (project_id)`);
  return id;
}

/** A deploy of a release, with the organization's next number. Resolves to its id. */
export async function aDeploy(
  database: Database,
  organizationId: string,
  releaseId: string,
  projectIds: readonly number[],
  environment: string,
  finished: number,
): Promise<string> {
  const at = new Date(finished);
  return database.transaction((tx) =>
    createDeploy(tx, {
      organizationId,
      releaseId,
      projectIds,
      environment,
      name: null,
      url: null,
      dateStarted: null,
      dateFinished: at,
      now: at,
    }),
  );
}
