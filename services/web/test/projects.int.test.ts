import { ensureSelfProject } from '@culprit/accounts';
import {
  organizationSchema,
  projectDetailSchema,
  projectFilterSchema,
  projectKeySchema,
  projectSchema,
  ROLES,
  regionsSchema,
  teamSchema,
} from '@culprit/api';
import { sql } from '@culprit/postgres';
import { quotaListSchema } from '@culprit/settings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aPerson, aProject, aToken, startTestWeb, type TestWeb } from './harness.ts';

let web: TestWeb;

beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(() => web.stop());

const post = (url: string, payload: object) => web.send({ method: 'POST', url, payload });
const put = (url: string, payload: object) => web.send({ method: 'PUT', url, payload });

async function configVersion(): Promise<number> {
  const row = await web.database.one<{ version: string }>(sql`select version from config_version`);
  return Number(row.version);
}

describe('organizations', () => {
  it('are listed and shown with links to this very origin', async () => {
    const [listed] = await web.get('/api/0/organizations/?per_page=25&query=', z.array(organizationSchema));
    const shown = await web.get('/api/0/organizations/main/', organizationSchema);
    expect(listed).toEqual(shown);
    expect(shown).toMatchObject({
      id: web.main.id,
      slug: 'main',
      links: { organizationUrl: 'https://culprit.example', regionUrl: 'https://culprit.example' },
    });
    expect(await web.get(`/api/0/organizations/${web.main.id}`, organizationSchema)).toEqual(shown);
    expect(await web.get('/api/0/users/me/regions/', regionsSchema)).toEqual({ regions: [] });
  });

  it('have teams', async () => {
    const teams = await web.get('/api/0/organizations/main/teams/', z.array(teamSchema));
    expect(teams).toMatchObject([{ slug: 'team', name: 'Team' }]);
  });
});

describe('projects', () => {
  it("of Culprit's own errors stand last and say what they are", async () => {
    const own = await ensureSelfProject(web.database, { clock: web.clock, organizationId: web.main.id });
    const listed = await web.get('/api/0/organizations/main/projects/', z.array(projectSchema));
    expect(listed.map(({ slug, isInternal }) => [slug, isInternal])).toEqual([
      ['shop', false],
      ['culprit', true],
    ]);
    await web.database.execute(sql`delete from project_keys where project_id = ${own?.id ?? 0}`);
    await web.database.execute(sql`delete from projects where id = ${own?.id ?? 0}`);
  });

  it('are made with a key at once, which tells ingest that something changed', async () => {
    const before = await configVersion();
    const made = await post('/api/0/teams/main/team/projects/', { name: 'Bücher & Mehr', platform: 'node' });
    expect(made.status).toBe(201);
    const project = projectSchema.parse(made.body);
    expect(project).toMatchObject({
      slug: 'bucher-mehr',
      name: 'Bücher & Mehr',
      platform: 'node',
      team: { slug: 'team' },
    });
    const keys = await web.get(`/api/0/projects/main/${project.slug}/keys/`, z.array(projectKeySchema));
    expect(keys).toMatchObject([
      {
        isActive: true,
        rateLimit: null,
        dsn: { public: `https://${keys[0]?.public}@ingest.example/${project.id}` },
      },
    ]);
    expect(await configVersion()).toBeGreaterThan(before);
    const listed = await web.get('/api/0/organizations/main/projects/', z.array(projectSchema));
    expect(listed.map((row) => row.slug)).toEqual(['bucher-mehr', 'shop']);
  });

  it('do not share a slug, and are made only in a team that is there', async () => {
    const twice = await post('/api/0/teams/main/team/projects/', { name: 'x', slug: 'shop' });
    expect(twice).toMatchObject({
      status: 409,
      body: { slug: ['A project with this slug already exists.'] },
    });
    expect((await post('/api/0/teams/main/nobody/projects/', { name: 'x' })).status).toBe(404);
    const bad = await post('/api/0/teams/main/team/projects/', { name: '', slug: '12' });
    expect(bad.status).toBe(400);
    expect(Object.keys(bad.body as object)).toEqual(['name', 'slug']);
  });

  it('change what is given and keep the rest, also settings that this version does not know', async () => {
    await web.database.execute(sql`
      update projects set settings = '{"fromTheFuture": 1, "scrubIPAddresses": true}' where id = ${web.main.projectId}`);
    const changed = await put('/api/0/projects/main/shop/', {
      allowedDomains: ['shop.example'],
      options: { 'filters:releases': '1.*' },
      unknownField: 5,
    });
    expect(changed.status).toBe(200);
    expect(projectDetailSchema.parse(changed.body)).toMatchObject({
      name: 'shop',
      platform: 'javascript',
      allowedDomains: ['shop.example'],
      scrubIPAddresses: true,
      dataScrubber: true,
      options: { 'filters:releases': '1.*' },
    });
    const { settings } = await web.database.one<{ settings: object }>(sql`
      select settings from projects where id = ${web.main.projectId}`);
    expect(settings).toEqual({
      fromTheFuture: 1,
      scrubIPAddresses: true,
      allowedDomains: ['shop.example'],
      options: { 'filters:releases': '1.*' },
    });
    const more = await put('/api/0/projects/main/shop/', { options: { 'filters:localhost': true } });
    expect(projectDetailSchema.parse(more.body).options).toMatchObject({
      'filters:releases': '1.*',
      'filters:localhost': true,
    });
    const renamed = await put('/api/0/projects/main/shop/', { name: 'Shop', platform: null });
    expect(projectDetailSchema.parse(renamed.body)).toMatchObject({
      name: 'Shop',
      slug: 'shop',
      platform: null,
    });
  });

  it('refuse wrong types with the field and the reason', async () => {
    expect(await put('/api/0/projects/main/shop/', { allowedDomains: [] })).toMatchObject({
      status: 400,
      body: { allowedDomains: ['use * to accept from all domains'] },
    });
    expect((await put('/api/0/projects/main/shop/', { dataScrubber: 'yes' })).status).toBe(400);
    expect((await put('/api/0/projects/main/shop/', { slug: 'Not A Slug' })).status).toBe(400);
    expect(await put('/api/0/projects/main/shop/', { relayPiiConfig: '{' })).toMatchObject({
      status: 400,
      body: { relayPiiConfig: ['must be a JSON object'] },
    });
  });

  it('show their secret only to who may change it', async () => {
    expect((await put('/api/0/projects/main/shop/', { securityToken: 'sesame' })).status).toBe(200);
    const seenBy = async (headers: Record<string, string>): Promise<string> =>
      projectDetailSchema.parse((await web.app.inject({ url: '/api/0/projects/main/shop/', headers })).json())
        .securityToken;
    for (const role of ROLES) {
      const { cookie } = await aPerson(web.database, { organizationId: web.main.id, role });
      expect([role, await seenBy({ cookie })]).toEqual([
        role,
        role === 'admin' || role === 'owner' ? 'sesame' : '',
      ]);
    }
    const owner = await aPerson(web.database, { organizationId: web.main.id, role: 'owner' });
    for (const [scope, userId, seen] of [
      ['project:read', null, ''],
      ['project:read', owner.userId, ''],
      ['project:releases', null, ''],
      ['project:write', null, 'sesame'],
      ['project:admin', owner.userId, 'sesame'],
    ] as const) {
      const token = await aToken(web.database, web.main, [scope], userId);
      expect([scope, await seenBy({ authorization: `Bearer ${token}` })]).toEqual([scope, seen]);
    }
  });

  it('show what applies where nothing is set, also for what cannot be read', async () => {
    const id = await aProject(web.database, web.main, 'plain');
    await web.database.execute(sql`
      update projects set settings = '{"dataScrubber": "no", "storeCrashReports": 3}' where id = ${id}`);
    expect(await web.get('/api/0/projects/main/plain/', projectDetailSchema)).toMatchObject({
      allowedDomains: ['*'],
      dataScrubber: true,
      dataScrubberDefaults: true,
      scrubIPAddresses: false,
      sensitiveFields: [],
      safeFields: [],
      resolveAge: 0,
      storeCrashReports: 3,
      options: { 'filters:releases': '', 'sentry:csp_ignored_sources_defaults': true },
    });
  });

  it('are found by slugs that they had, until another one has the slug', async () => {
    const id = await aProject(web.database, web.main, 'before');
    expect((await put('/api/0/projects/main/before/', { slug: 'after' })).status).toBe(200);
    const found = () => web.get('/api/0/projects/main/before/', projectSchema);
    expect(await found()).toMatchObject({ id: String(id), slug: 'after' });
    const listed = (query: string) => web.send({ url: `/api/0/organizations/main/issues/?${query}` });
    expect((await listed('project=before&project=after')).status).toBe(200);
    expect((await listed('project=never')).status).toBe(400);
    expect((await put('/api/0/projects/main/before/', { name: 'Renamed' })).status).toBe(200);
    const newcomer = await aProject(web.database, web.main, 'before');
    expect(await found()).toMatchObject({ id: String(newcomer), slug: 'before' });
    expect((await put('/api/0/projects/main/before/', { slug: 'after' })).status).toBe(409);
    expect((await put('/api/0/projects/main/before/', { slug: 'elsewhere' })).status).toBe(200);
    expect(await found()).toMatchObject({ id: String(newcomer), slug: 'elsewhere' });
    expect((await put('/api/0/projects/main/elsewhere/', { slug: 'before' })).status).toBe(200);
    expect(await found()).toMatchObject({ id: String(newcomer), slug: 'before' });
  });
});

describe('keys', () => {
  it('are made, limited, switched off and deleted', async () => {
    const url = '/api/0/projects/main/shop/keys/';
    const made = await post(url, { name: 'CI', rateLimit: { count: 100, window: 60 } });
    expect(made.status).toBe(201);
    const key = projectKeySchema.parse(made.body);
    expect(key).toMatchObject({ name: 'CI', isActive: true, rateLimit: { count: 100, window: 60 } });
    expect(key.public).toMatch(/^[0-9a-f]{32}$/);
    const off = await put(`${url}${key.id}/`, { isActive: false });
    expect(projectKeySchema.parse(off.body)).toEqual({ ...key, isActive: false });
    const free = await put(`${url}${key.public}/`, { rateLimit: null });
    expect(projectKeySchema.parse(free.body)).toEqual({ ...key, isActive: false, rateLimit: null });
    expect(await web.get(`${url}${key.id}/`, projectKeySchema)).toEqual({
      ...key,
      isActive: false,
      rateLimit: null,
    });
    const zero = await put(`${url}${key.id}/`, { rateLimit: { count: 0, window: 60 } });
    expect(projectKeySchema.parse(zero.body)).toMatchObject({ rateLimit: null });
    expect((await put(`${url}${key.id}/`, { rateLimit: { count: 1, window: 86_401 } })).status).toBe(400);
    expect((await web.send({ method: 'DELETE', url: `${url}${key.id}/` })).status).toBe(204);
    expect((await web.send({ url: `${url}${key.id}/` })).status).toBe(404);
    expect((await web.send({ method: 'DELETE', url: `${url}${key.id}/` })).status).toBe(404);
  });

  it('are changed by two at once without one taking back what the other did', async () => {
    const url = '/api/0/projects/main/shop/keys/';
    const key = projectKeySchema.parse((await post(url, { name: 'Two', rateLimit: null })).body);
    const waiting = async (): Promise<number> =>
      (
        await web.database.many(
          sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        )
      ).length;
    const both = await web.database.transaction(async (tx) => {
      await tx.execute(sql`select 1 from project_keys where id = ${Number(key.id)} for update`);
      const answers = Promise.all([
        put(`${url}${key.id}/`, { isActive: false }),
        put(`${url}${key.id}/`, { name: 'Renamed' }),
        put(`${url}${key.id}/`, { rateLimit: { count: 5, window: 60 } }),
      ]);
      // All have read the key when they wait to write it.
      await expect.poll(waiting, { timeout: 20_000 }).toBe(3);
      return { answers };
    });
    expect((await both.answers).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await web.get(`${url}${key.id}/`, projectKeySchema)).toMatchObject({
      name: 'Renamed',
      isActive: false,
      rateLimit: { count: 5, window: 60 },
    });
  });

  it('come in pages, however many there are', async () => {
    const id = await aProject(web.database, web.main, 'many-keys');
    await web.database.execute(sql`
      insert into project_keys (project_id, public_key, name)
      select ${id}, md5(n::text), 'key ' || n from generate_series(1, 1100) n`);
    const names: string[] = [];
    let url: string | undefined = '/api/0/projects/main/many-keys/keys/';
    while (url !== undefined) {
      const answer = await web.send({ method: 'GET', url });
      names.push(
        ...z
          .array(projectKeySchema)
          .parse(answer.body)
          .map(({ name }) => name),
      );
      url = /<https:\/\/culprit\.example([^>]*)>; rel="next"; results="true"/.exec(
        String(answer.headers.link),
      )?.[1];
    }
    expect(names).toEqual(Array.from({ length: 1_100 }, (_, i) => `key ${i + 1}`));
  });

  it('of another project are not there', async () => {
    const url = `/api/0/projects/main/bucher-mehr/keys/${web.main.keyId}/`;
    expect((await web.send({ url })).status).toBe(404);
    expect((await web.send({ method: 'DELETE', url })).status).toBe(404);
  });
});

describe('inbound filters', () => {
  const url = '/api/0/projects/main/filtered/filters/';
  const active = async () =>
    Object.fromEntries(
      (await web.get(url, z.array(projectFilterSchema))).map((filter) => [filter.id, filter.active]),
    );
  const OFF = {
    'browser-extensions': false,
    localhost: false,
    'legacy-browsers': false,
    'web-crawlers': false,
    'filtered-transaction': false,
  };

  beforeAll(() => aProject(web.database, web.main, 'filtered'));

  it('are off until they are switched on, each by itself, and tell ingest', async () => {
    expect(await active()).toEqual(OFF);
    const before = await configVersion();
    expect((await put(`${url}localhost/`, { active: true })).status).toBe(204);
    expect((await put(`${url}web-crawlers/`, { active: true })).status).toBe(204);
    expect(await configVersion()).toBeGreaterThan(before);
    expect((await put(`${url}localhost/`, { active: false })).status).toBe(204);
    expect(await active()).toEqual({ ...OFF, 'web-crawlers': true });
  });

  it('of old browsers name them', async () => {
    const browsers = `${url}legacy-browsers/`;
    expect((await put(browsers, { subfilters: ['ie9', 'opera_pre_15'] })).status).toBe(204);
    expect((await active())['legacy-browsers']).toEqual(['ie9', 'opera_pre_15']);
    expect((await put(browsers, { active: true })).status).toBe(204);
    expect((await active())['legacy-browsers']).toContain('safari');
    expect((await put(browsers, { active: false })).status).toBe(204);
    expect((await active())['legacy-browsers']).toBe(false);
  });

  it('refuse what they do not know', async () => {
    expect((await put(`${url}of-tomorrow/`, { active: true })).status).toBe(404);
    expect(await put(`${url}localhost/`, {})).toMatchObject({
      status: 400,
      body: { active: ['This field is required.'] },
    });
    expect((await put(`${url}localhost/`, { active: 'yes' })).status).toBe(400);
    expect((await put(`${url}localhost/`, { subfilters: ['ie9'] })).status).toBe(400);
    expect((await put(`${url}legacy-browsers/`, { subfilters: ['netscape'] })).status).toBe(400);
  });
});

describe('quotas', () => {
  const url = '/api/0/projects/main/limited/quotas/';
  beforeAll(() => aProject(web.database, web.main, 'limited'));

  it('are a list that is replaced as a whole, and tell ingest', async () => {
    expect(await web.get(url, quotaListSchema)).toEqual([]);
    const quotas = [
      {
        id: 'errors',
        categories: ['error'],
        scope: 'project',
        limit: 1_000,
        window: 3_600,
        reasonCode: 'too_many',
      },
      { id: 'all', categories: [], scope: 'organization', limit: null, window: 60, reasonCode: 'org_quota' },
      { id: 'none', categories: ['attachment'], scope: 'key', limit: 0, window: 60, reasonCode: 'key_quota' },
    ];
    const before = await configVersion();
    const sent = [
      quotas[0],
      { id: 'all', categories: [], scope: 'organization', limit: null },
      { id: 'none', categories: ['attachment'], scope: 'key', limit: 0 },
    ];
    const changed = await web.send({ method: 'PUT', url, payload: sent });
    expect(changed).toMatchObject({ status: 200, body: quotas });
    expect(await web.get(url, quotaListSchema)).toEqual(quotas);
    expect(await configVersion()).toBeGreaterThan(before);
    expect(await web.send({ method: 'PUT', url, payload: [] })).toMatchObject({ status: 200, body: [] });
    expect(await web.get(url, quotaListSchema)).toEqual([]);
  });

  it('that say nothing clear are refused', async () => {
    const refused = (quota: object) => web.send({ method: 'PUT', url, payload: [quota] });
    const quota = { id: 'a', categories: ['error'], scope: 'project', limit: 5, window: 60 };
    expect(await refused({ ...quota, limit: 'x' })).toMatchObject({ status: 400 });
    expect(Object.keys((await refused({ ...quota, categories: ['cats'] })).body as object)).toEqual([
      '0.categories.0',
    ]);
    expect((await refused({ ...quota, window: null })).status).toBe(400);
  });
});
