import { randomBytes } from 'node:crypto';
import { createProjectKey, makePublicKey } from '@culprit/accounts';
import { ROLES, type Role, SCOPES, type Scope } from '@culprit/api';
import { sql } from '@culprit/postgres';
import { NOON } from '@culprit/testkit';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireAccess } from '../server/access/route.ts';
import { apiRoutes } from '../server/routes.ts';
import { storeEvents } from './event-rows.ts';
import {
  aDeploy,
  anIssue,
  anOrganization,
  aPerson,
  aProject,
  aRelease,
  aToken,
  startTestWeb,
  type TestOrganization,
  type TestPerson,
  type TestWeb,
} from './harness.ts';

/** Least role and one scope that suffices, written down by hand: a change of the code must be made here too. */
type Rule = readonly [least: Role | 'anyone' | 'anybody' | 'staff', scope: Scope | 'any' | 'none'];
const RULES: Readonly<Record<string, Rule>> = {
  'GET /api/0/': ['anyone', 'none'],
  'GET /api/0/openapi.json': ['anyone', 'none'],
  'POST /api/0/auth/': ['anyone', 'none'],
  'GET /api/0/auth/': ['anybody', 'any'],
  'DELETE /api/0/auth/': ['anybody', 'any'],
  'GET /api/0/users/me/regions/': ['anybody', 'any'],
  'GET /api/0/organizations/': ['anybody', 'any'],
  'GET /api/0/organizations/:org/': ['support', 'org:read'],
  'GET /api/0/organizations/:org/teams/': ['support', 'team:read'],
  'GET /api/0/organizations/:org/projects/': ['support', 'project:read'],
  'POST /api/0/teams/:org/:team/projects/': ['admin', 'project:write'],
  'GET /api/0/projects/:org/:project/': ['support', 'project:read'],
  'PUT /api/0/projects/:org/:project/': ['admin', 'project:write'],
  'DELETE /api/0/projects/:org/:project/': ['admin', 'project:admin'],
  'GET /api/0/projects/:org/:project/tombstones/': ['support', 'event:read'],
  'DELETE /api/0/projects/:org/:project/tombstones/:tombstone/': ['admin', 'event:admin'],
  'GET /api/0/projects/:org/:project/keys/': ['support', 'project:read'],
  'POST /api/0/projects/:org/:project/keys/': ['admin', 'project:write'],
  'GET /api/0/projects/:org/:project/keys/:key/': ['support', 'project:read'],
  'PUT /api/0/projects/:org/:project/keys/:key/': ['admin', 'project:write'],
  'DELETE /api/0/projects/:org/:project/keys/:key/': ['admin', 'project:write'],
  'GET /api/0/projects/:org/:project/filters/': ['support', 'project:read'],
  'PUT /api/0/projects/:org/:project/filters/:filter/': ['admin', 'project:write'],
  'POST /api/0/projects/:org/:project/scrubbing/try/': ['support', 'project:read'],
  'GET /api/0/projects/:org/:project/quotas/': ['support', 'project:read'],
  'PUT /api/0/projects/:org/:project/quotas/': ['admin', 'project:write'],
  'DELETE /api/0/organizations/:org/issues/': ['admin', 'event:admin'],
  'DELETE /api/0/projects/:org/:project/issues/': ['admin', 'event:admin'],
  'DELETE /api/0/organizations/:org/issues/:issue/': ['admin', 'event:admin'],
  'DELETE /api/0/issues/:issue/': ['admin', 'event:admin'],
  'GET /api/0/organizations/:org/issues/': ['support', 'event:read'],
  'PUT /api/0/organizations/:org/issues/': ['member', 'event:write'],
  'GET /api/0/projects/:org/:project/issues/': ['support', 'event:read'],
  'PUT /api/0/projects/:org/:project/issues/': ['member', 'event:write'],
  'GET /api/0/organizations/:org/issues/:issue/': ['support', 'event:read'],
  'PUT /api/0/organizations/:org/issues/:issue/': ['member', 'event:write'],
  'GET /api/0/issues/:issue/': ['support', 'event:read'],
  'PUT /api/0/issues/:issue/': ['member', 'event:write'],
  'GET /api/0/organizations/:org/issues/:issue/events/': ['support', 'event:read'],
  'GET /api/0/issues/:issue/events/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/issues/:issue/events/:event/': ['support', 'event:read'],
  'GET /api/0/issues/:issue/events/:event/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/issues/:issue/tags/': ['support', 'event:read'],
  'GET /api/0/issues/:issue/tags/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/issues/:issue/tags/:key/': ['support', 'event:read'],
  'GET /api/0/issues/:issue/tags/:key/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/issues/:issue/series/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/timeline/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/shortids/:short/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/eventids/:event/': ['support', 'event:read'],
  'GET /api/0/projects/:org/:project/events/': ['support', 'event:read'],
  'GET /api/0/projects/:org/:project/events/:event/': ['support', 'event:read'],
  'GET /api/0/projects/:org/:project/events/:event/json/': ['support', 'event:read'],
  'GET /api/0/projects/:org/:project/events/:event/attachments/': ['support', 'event:read'],
  'GET /api/0/projects/:org/:project/events/:event/attachments/:attachment/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/people/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/stats_v2/': ['support', 'org:read'],
  'GET /api/0/organizations/:org/sessions/': ['support', 'org:read'],
  'GET /api/0/projects/:org/:project/user-feedback/': ['support', 'event:read'],
  'GET /api/0/projects/:org/:project/user-reports/': ['support', 'event:read'],
  'GET /api/0/organizations/:org/issues/:issue/user-reports/': ['support', 'event:read'],
  'GET /api/0/issues/:issue/user-reports/': ['support', 'event:read'],
  'GET /api/0/projects/:org/:project/monitors/': ['support', 'project:read'],
  'GET /api/0/projects/:org/:project/monitors/:monitor/checkins/': ['support', 'project:read'],
  'GET /api/0/organizations/:org/releases/': ['support', 'project:releases'],
  'POST /api/0/organizations/:org/releases/': ['member', 'org:ci'],
  'GET /api/0/organizations/:org/releases/:version/': ['support', 'project:releases'],
  'PUT /api/0/organizations/:org/releases/:version/': ['member', 'org:ci'],
  'DELETE /api/0/organizations/:org/releases/:version/': ['member', 'project:releases'],
  'GET /api/0/projects/:org/:project/releases/': ['support', 'project:releases'],
  'POST /api/0/projects/:org/:project/releases/': ['member', 'org:ci'],
  'GET /api/0/projects/:org/:project/releases/:version/': ['support', 'project:releases'],
  'PUT /api/0/projects/:org/:project/releases/:version/': ['member', 'org:ci'],
  'DELETE /api/0/projects/:org/:project/releases/:version/': ['member', 'project:releases'],
  'GET /api/0/organizations/:org/releases/:version/deploys/': ['support', 'project:releases'],
  'POST /api/0/organizations/:org/releases/:version/deploys/': ['member', 'org:ci'],
  'GET /api/0/organizations/:org/deploys/': ['support', 'project:releases'],
  'POST /api/0/organizations/:org/changes/': ['member', 'org:ci'],
  'GET /api/0/organizations/:org/alert-channels/': ['member', 'alerts:read'],
  'POST /api/0/organizations/:org/alert-channels/': ['admin', 'alerts:write'],
  'GET /api/0/organizations/:org/alert-channels/:channel/': ['member', 'alerts:read'],
  'DELETE /api/0/organizations/:org/alert-channels/:channel/': ['admin', 'alerts:write'],
  'GET /api/0/organizations/:org/api-tokens/': ['admin', 'org:admin'],
  'POST /api/0/organizations/:org/api-tokens/': ['admin', 'org:admin'],
  'GET /api/0/organizations/:org/api-tokens/:token/': ['admin', 'org:admin'],
  'DELETE /api/0/organizations/:org/api-tokens/:token/': ['admin', 'org:admin'],
  'GET /api/0/system/': ['staff', 'org:admin'],
  'POST /api/0/system/dead-letters/replay/': ['staff', 'org:admin'],
};

const ROUTES = apiRoutes.flatMap(({ method, paths }) =>
  paths.map((path) => ({ method, path, name: `${method} ${path}` })),
);
const RANK: readonly Role[] = ['support', 'member', 'admin', 'owner'];
const EVENT = 'e'.repeat(32);

let web: TestWeb;
let main: TestOrganization;
let other: TestOrganization;
let issue: string;
const people = new Map<Role | 'stranger' | 'staff', TestPerson>();

beforeAll(async () => {
  web = await startTestWeb();
  main = web.main;
  other = await anOrganization(web.database, 'other');
  for (const role of ROLES) people.set(role, await aPerson(web.database, { organizationId: main.id, role }));
  people.set('stranger', await aPerson(web.database, { organizationId: other.id, role: 'owner' }));
  people.set('staff', await aPerson(web.database, undefined, true));
  issue = await anIssue(web.database, { projectId: main.projectId, hash: '000000000000000a' });
  const release = await aRelease(web.database, main.id, 'v1', [main.projectId]);
  await aDeploy(web.database, main.id, release, [main.projectId], 'production', NOON);
  await storeEvents(web.context.clickhouse, [
    { project: main.projectId, eventId: EVENT, hash: '000000000000000a', tags: { plan: 'pro' } },
  ]);
});
afterAll(() => web.stop());

/** Things that DELETE takes away are made anew for each request. */
async function idFor(param: string): Promise<string> {
  if (param === 'key') {
    const key = await createProjectKey(web.database, {
      projectId: main.projectId,
      publicKey: makePublicKey(),
      name: 'x',
      rateLimit: null,
      isActive: true,
      createdAt: new Date(NOON),
    });
    return String(key.id);
  }
  const hash = randomBytes(8).toString('hex');
  if (param === 'issue') return anIssue(web.database, { projectId: main.projectId, hash });
  if (param === 'project') return String(await aProject(web.database, main, `gone-${hash}`));
  const statement =
    param === 'tombstone'
      ? sql`insert into discarded_hashes (project_id, hash, issue_id, title, culprit, type, level)
            values (${main.projectId}, ${hash}, ${Number.parseInt(hash.slice(0, 6), 16)}, 'x', '', 'error', 'error') returning id`
      : param === 'channel'
        ? sql`insert into alert_channels (organization_id, kind, target) values (${main.id}, 'email', 'a@b.example') returning id`
        : sql`insert into api_tokens (organization_id, name, token_hash, last_characters, scopes)
            values (${main.id}, 'x', sha256(gen_random_uuid()::text::bytea), 'abcd', '{}') returning id`;
  return (await web.database.one<{ id: string }>(statement)).id;
}

/** The path with ids of things that are there, all of organization `main`, whatever organization the path names. */
async function urlOf({ path, method }: (typeof ROUTES)[number], org: string): Promise<string> {
  const ids: Record<string, string> = {
    org,
    project: String(main.projectId),
    team: main.teamId,
    issue,
    event: path.includes('/issues/') ? 'latest' : EVENT,
    short: 'SHOP-1',
    version: 'v1',
    attachment: '1',
    filter: 'localhost',
    monitor: 'nightly',
  };
  const names = [...path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => name);
  if (method === 'DELETE') {
    for (const name of ['issue', 'project']) if (path.endsWith(`:${name}/`)) ids[name] = await idFor(name);
  }
  let url = path;
  for (const name of names) {
    const isTag = name === 'key' && path.includes('/tags/');
    url = url.replace(`:${name}`, isTag ? 'plan' : (ids[name] ?? (await idFor(name))));
  }
  if (path.endsWith('/people/')) return `${url}?query=nobody`;
  if (path.endsWith('/sessions/')) return `${url}?field=sum(session)`;
  return path.endsWith('/stats_v2/') ? `${url}?field=sum(quantity)` : url;
}

async function ask(
  route: (typeof ROUTES)[number],
  headers: Record<string, string>,
  { org = 'main', payload = {} }: { org?: string; payload?: object } = {},
): Promise<number> {
  const isChange = route.method === 'POST' || route.method === 'PUT';
  const answer = await web.app.inject({
    method: route.method as 'GET',
    url: await urlOf(route, org),
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
    // Nothing is in it: who may not is refused before it is looked at, who may is told what is missing.
    ...(isChange ? { payload } : {}),
  });
  return answer.statusCode;
}

/** Let through: done, or refused for what was (not) in the body, or nothing is there under a right path. */
function wasLetThrough(route: (typeof ROUTES)[number], status: number): boolean {
  // Of what was made for this test only the attachment is missing.
  if (route.path.endsWith('/:attachment/')) return status === 404;
  return (status >= 200 && status < 300) || status === 400;
}

function ruleOf(route: (typeof ROUTES)[number]): Rule {
  const rule = RULES[route.name];
  if (rule === undefined) throw new Error(`no rule for ${route.name}`);
  return rule;
}

describe('the routes', () => {
  it('are exactly those that have a rule here', () => {
    expect(ROUTES.map((route) => route.name).sort()).toEqual(Object.keys(RULES).sort());
  });

  it('without a word on who may call them do not start', () => {
    const app = fastify();
    requireAccess(app);
    expect(() => app.get('/api/0/open/', async () => ({}))).toThrow('does not say who may call it');
    const nobody = { tenant: 'organization', scope: [], role: 'member' };
    expect(() => app.get('/x', { config: { access: nobody } as object }, async () => ({}))).toThrow();
    const half = { tenant: 'organization', scope: 'none', role: 'none' };
    expect(() => app.get('/y', { config: { access: half } as object }, async () => ({}))).toThrow();
  });

  it('are the only ones of the server under /api/', () => {
    const registered = web.app.printRoutes({ commonPrefix: false });
    expect(registered).not.toBe('');
    for (const url of ['/api/1/', '/api/', '/api/0/nothing/', '/api/0/organizations/main/nothing/']) {
      expect(web.app.hasRoute({ method: 'GET', url })).toBe(false);
    }
  });
});

describe.each(ROUTES.map((route) => [route.name, route] as const))('%s', (_name, route) => {
  it('lets through the roles that may, and nobody else', async () => {
    const [least] = ruleOf(route);
    for (const role of RANK) {
      const status = await ask(route, { cookie: people.get(role)?.cookie ?? '' });
      const may =
        least === 'anyone' ||
        least === 'anybody' ||
        (least !== 'staff' && RANK.indexOf(role) >= RANK.indexOf(least));
      expect({ role, status, may }).toEqual({
        role,
        status: may ? status : 403,
        may: may && wasLetThrough(route, status),
      });
      if (route.name === 'DELETE /api/0/auth/') await restoreSession(role);
    }
  });

  it('asks who is not logged in to do so', async () => {
    const status = await ask(route, {});
    expect(status).toBe(ruleOf(route)[0] === 'anyone' ? status : 401);
    if (ruleOf(route)[0] === 'anyone') expect([200, 400]).toContain(status);
  });

  it('is not there for the owner of another organization, nor for a token of it', async () => {
    if (!route.path.includes(':')) return;
    expect(await ask(route, { cookie: people.get('stranger')?.cookie ?? '' })).toBe(404);
    expect(await ask(route, { authorization: `Bearer ${other.token}` })).toBe(404);
  });

  it('does not show what is another organization’s under the name of one’s own', async () => {
    if (!/:org\/.*:/.test(route.path)) return;
    // Everything but the organization's name in the path is of `main`, and the body is in order.
    const asOwn = { org: 'other', payload: { name: 'x', environment: 'e' } };
    expect(await ask(route, { cookie: people.get('stranger')?.cookie ?? '' }, asOwn)).toBe(404);
    expect(await ask(route, { authorization: `Bearer ${other.token}` }, asOwn)).toBe(404);
  });

  it('is not there for staff who are no member, but for what is for staff', async () => {
    const status = await ask(route, { cookie: people.get('staff')?.cookie ?? '' });
    if (route.path.includes(':')) expect(status).toBe(404);
    else expect(wasLetThrough(route, status)).toBe(true);
    if (route.name === 'DELETE /api/0/auth/') await restoreSession('staff');
  });

  it('takes a token with the scope, and none without', async () => {
    const [least, scope] = ruleOf(route);
    if (scope === 'none' || scope === 'any') return;
    const right = await aToken(
      web.database,
      main,
      [scope],
      least === 'staff' ? people.get('staff')?.userId : null,
    );
    expect(wasLetThrough(route, await ask(route, { authorization: `Bearer ${right}` }))).toBe(true);
    const unrelated = await aToken(web.database, main, ['member:read']);
    expect(await ask(route, { authorization: `Bearer ${unrelated}` })).toBe(403);
    const none = await aToken(web.database, main, []);
    expect(await ask(route, { authorization: `Bearer ${none}` })).toBe(403);
  });

  it('refuses a change that a session’s browser was made to send by another site', async () => {
    if (route.method === 'GET' || ruleOf(route)[0] === 'anyone') return;
    const cookie = people.get('owner')?.cookie ?? '';
    expect(await ask(route, { cookie, 'sec-fetch-site': 'cross-site' })).toBe(403);
  });
});

async function restoreSession(who: Role | 'staff'): Promise<void> {
  const person = people.get(who);
  if (person === undefined) return;
  const value = person.cookie.slice(person.cookie.indexOf('=') + 1);
  await web.database.execute(sql`
    insert into web_sessions (id_hash, user_id, expires_at)
    values (sha256(${value}::bytea), ${person.userId}, ${new Date(NOON + 86_400_000)}) on conflict do nothing`);
}

describe('the sum of all scopes', () => {
  it('opens every route of an organization', async () => {
    const token = await aToken(web.database, main, SCOPES);
    for (const route of ROUTES.filter(({ path }) => path.includes(':'))) {
      const status = await ask(route, { authorization: `Bearer ${token}` });
      expect({ route: route.name, ok: wasLetThrough(route, status), status }).toMatchObject({ ok: true });
    }
  });
});
