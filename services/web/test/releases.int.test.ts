import { changeSchema, deploySchema, releaseSchema } from '@culprit/api';
import { sql } from '@culprit/postgres';
import { NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anIssue, anOrganization, aProject, aToken, startTestWeb, type TestWeb } from './harness.ts';

const ORG = '/api/0/organizations/main/releases/';
let web: TestWeb;
let api: number;

beforeAll(async () => {
  web = await startTestWeb();
  api = await aProject(web.database, web.main, 'api');
});
afterAll(() => web.stop());

const post = (url: string, payload: object) => web.send({ method: 'POST', url, payload });
const put = (url: string, payload: object) => web.send({ method: 'PUT', url, payload });

describe('releases', () => {
  it('are made once: 201 when new or newly linked to a project, else 208', async () => {
    const made = await post(ORG, {
      version: 'web@1.0.0+b 1',
      projects: ['shop'],
      dateStarted: null,
      dist: 'ignored',
    });
    expect(made.status).toBe(201);
    expect(releaseSchema.parse(made.body)).toMatchObject({
      version: 'web@1.0.0+b 1',
      shortVersion: '1.0.0+b 1',
      status: 'open',
      dateCreated: new Date(NOON).toISOString(),
      dateReleased: null,
      projects: [{ slug: 'shop' }],
      newGroups: 0,
      lastDeploy: null,
      versionInfo: { package: 'web', buildHash: 'b 1' },
    });
    expect((await post(ORG, { version: 'web@1.0.0+b 1', projects: ['shop'] })).status).toBe(208);
    const linked = await post(ORG, { version: 'web@1.0.0+b 1', projects: [api] });
    expect(linked.status).toBe(201);
    expect(releaseSchema.parse(linked.body).projects.map((project) => project.slug)).toEqual(['api', 'shop']);
  });

  it('are archived with an empty list of projects, but not made with one', async () => {
    await post(ORG, { version: 'old', projects: ['shop'] });
    const archived = await post(ORG, { version: 'old', projects: [], status: 'archived' });
    expect({ status: archived.status, release: releaseSchema.parse(archived.body).status }).toEqual({
      status: 208,
      release: 'archived',
    });
    const refused = await post(ORG, { version: 'new one', projects: [] });
    expect(refused).toMatchObject({
      status: 400,
      body: { projects: ['a new release needs at least one project'] },
    });
    expect((await web.send({ url: `${ORG}new%20one/` })).status).toBe(404);
  });

  it('keep their date when it is set again by POST, and change by PUT; finalizing twice is harmless', async () => {
    await post(ORG, { version: 'f1', projects: ['shop'] });
    const first = await post(ORG, {
      version: 'f1',
      projects: ['shop'],
      dateReleased: '2026-11-20T10:00:00.772314871Z',
    });
    expect(releaseSchema.parse(first.body).dateReleased).toBe('2026-11-20T10:00:00.772Z');
    const second = await post(ORG, {
      version: 'f1',
      projects: ['shop'],
      dateReleased: '2026-11-20T11:00:00Z',
    });
    expect(releaseSchema.parse(second.body).dateReleased).toBe('2026-11-20T10:00:00.772Z');
    const changed = await put(`${ORG}f1`, {
      projects: ['shop'],
      dateReleased: '2026-11-20T13:00:00+01:00',
      ref: 'abc',
    });
    expect(changed.status).toBe(200);
    expect(releaseSchema.parse(changed.body)).toMatchObject({
      dateReleased: '2026-11-20T12:00:00.000Z',
      ref: 'abc',
    });
  });

  it('are found under names that clients encode, once', async () => {
    for (const version of ['web@1.0.0+b 1', '100%', '50%25', 'ü?#&=', 'x'.repeat(200)]) {
      await post(ORG, { version, projects: ['shop'] });
      const release = await web.get(`${ORG}${encodeURIComponent(version)}/`, releaseSchema);
      expect(release.version).toBe(version);
    }
  });

  it('refuse names that no path can carry, unknown projects and wrong types, with the field', async () => {
    for (const version of ['', ' ', '.', '..', 'latest', 'a/b', 'a\nb', 'a\\b', 'x'.repeat(201), 5, null]) {
      const answer = await post(ORG, { version, projects: ['shop'] });
      expect({ version, status: answer.status, fields: Object.keys(answer.body as object) }).toEqual({
        version,
        status: 400,
        fields: ['version'],
      });
    }
    expect(await post(ORG, { version: 'v', projects: ['nope'] })).toMatchObject({
      status: 400,
      body: { projects: ['Invalid project ids or slugs'] },
    });
    expect(
      await post(ORG, { version: 'v', projects: ['shop'], dateReleased: '2024-01-01 00:00:00' }),
    ).toMatchObject({
      status: 400,
    });
  });

  it('are the same under a project, which sees only its own', async () => {
    const url = '/api/0/projects/main/api/releases/';
    expect((await post(url, { version: 'api-only' })).status).toBe(201);
    expect((await web.get(`${url}api-only/`, releaseSchema)).projects).toMatchObject([{ slug: 'api' }]);
    expect((await put(`${url}api-only/`, { url: 'https://ci.example/1' })).status).toBe(200);
    expect((await web.send({ url: '/api/0/projects/main/shop/releases/api-only/' })).status).toBe(404);
    const own = await web.get(url, z.array(releaseSchema));
    expect(own.map((release) => release.version).sort()).toEqual(['api-only', 'web@1.0.0+b 1']);
  });

  it('are listed newest first, by project, status and text, page by page', async () => {
    const versions = async (query: string) =>
      (await web.get(`${ORG}?${query}`, z.array(releaseSchema))).map((release) => release.version);
    expect(await versions('status=archived')).toEqual(['old']);
    expect(await versions(`project=${api}&query=only`)).toEqual(['api-only']);
    expect(await versions('query=100%25')).toEqual(['100%']);
    const all = await versions('');
    const first = await web.send({ url: `${ORG}?per_page=2` });
    const next = /rel="next"; results="true"; cursor="([^"]+)"/.exec(String(first.headers.link))?.[1];
    expect(await versions(`per_page=2&cursor=${next}`)).toEqual(all.slice(2, 4));
    expect((await web.send({ url: `${ORG}?status=closed` })).status).toBe(400);
  });

  it('cannot be deleted, and say why', async () => {
    for (const url of [`${ORG}old/`, '/api/0/projects/main/shop/releases/old/']) {
      const answer = await web.send({ method: 'DELETE', url });
      expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining('Archive') } });
    }
    expect((await web.send({ method: 'DELETE', url: `${ORG}never/` })).status).toBe(404);
  });

  it('may be made with a token for continuous integration', async () => {
    const token = await aToken(web.database, web.main, ['org:ci']);
    const headers = { authorization: `Bearer ${token}` };
    const made = await web.send({
      method: 'POST',
      url: ORG,
      headers,
      payload: { version: 'ci', projects: ['shop'] },
    });
    expect(made.status).toBe(201);
    expect((await web.send({ url: '/api/0/organizations/main/projects/?cursor=', headers })).status).toBe(
      200,
    );
    expect((await web.send({ url: '/api/0/organizations/main/issues/', headers })).status).toBe(403);
  });
});

describe('deploys', () => {
  it('get the organization’s next number, the projects of their release, and environments', async () => {
    await post(ORG, { version: 'd1', projects: ['shop', 'api'] });
    const made = await post(`${ORG}d1/deploys/`, {
      environment: 'production',
      name: null,
      url: null,
      dateStarted: null,
      dateFinished: '2026-11-20T11:07:50.772314871Z',
    });
    expect(made.status).toBe(201);
    expect(deploySchema.parse(made.body)).toMatchObject({
      number: 1,
      environment: 'production',
      version: 'd1',
      dateFinished: '2026-11-20T11:07:50.772Z',
      projects: ['api', 'shop'],
      newIssues: 0,
    });
    const second = await post(`${ORG}d1/deploys/`, { environment: 'production', projects: ['shop'] });
    expect(deploySchema.parse(second.body)).toMatchObject({
      number: 2,
      dateFinished: new Date(NOON).toISOString(),
      projects: ['shop'],
    });
    const environments = await web.database.many(sql`
      select p.slug, e.name from environments e join projects p on p.id = e.project_id order by p.slug`);
    expect(environments).toEqual([
      { slug: 'api', name: 'production' },
      { slug: 'shop', name: 'production' },
    ]);
    const release = await web.get(`${ORG}d1/`, releaseSchema);
    expect(release).toMatchObject({ deployCount: 2, lastDeploy: { number: 2, environment: 'production' } });
  });

  it('number per organization, without gaps, also when many come at once', async () => {
    const other = await anOrganization(web.database, 'numbers');
    const headers = { authorization: `Bearer ${other.token}` };
    const url = '/api/0/organizations/numbers/releases/';
    await web.send({ method: 'POST', url, headers, payload: { version: 'n', projects: ['shop'] } });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        web.send({ method: 'POST', url: `${url}n/deploys/`, headers, payload: { environment: 'e' } }),
      ),
    );
    const numbers = answers.map((answer) => deploySchema.parse(answer.body).number);
    expect(numbers.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('are listed newest first with the issues that came with them', async () => {
    const deploys = await web.get('/api/0/organizations/main/deploys/', z.array(deploySchema));
    expect(deploys.map((deploy) => deploy.number)).toEqual([2, 1]);
    await anIssue(web.database, {
      projectId: web.main.projectId,
      hash: '00000000000000dd',
      firstDeployId: deploys[0]?.id ?? '',
    });
    const again = await web.get('/api/0/organizations/main/deploys/?limit=1', z.array(deploySchema));
    expect(again).toMatchObject([{ number: 2, newIssues: 1, projects: ['shop'] }]);
    const ofRelease = await web.get(`${ORG}d1/deploys/`, z.array(deploySchema));
    expect(ofRelease.map((deploy) => deploy.number)).toEqual([2, 1]);
  });

  it('need a release that is there and an environment', async () => {
    expect((await post(`${ORG}never/deploys/`, { environment: 'production' })).status).toBe(404);
    expect(await post(`${ORG}d1/deploys/`, {})).toMatchObject({
      status: 400,
      body: { environment: [expect.any(String)] },
    });
    expect((await post(`${ORG}d1/deploys/`, { environment: 'e'.repeat(65) })).status).toBe(400);
  });
});

describe('changes', () => {
  it('are written down with their time and what they were', async () => {
    const made = await post('/api/0/organizations/main/changes/', {
      kind: 'flag',
      name: 'new-checkout',
      project: 'shop',
      environment: 'production',
      data: { from: false, to: true },
    });
    expect(made.status).toBe(201);
    expect(changeSchema.parse(made.body)).toMatchObject({
      kind: 'flag',
      project: 'shop',
      data: { from: false, to: true },
      dateHappened: new Date(NOON).toISOString(),
    });
    const stored = await web.database.one(sql`select kind, name, environment, data from changes`);
    expect(stored).toEqual({
      kind: 'flag',
      name: 'new-checkout',
      environment: 'production',
      data: { from: false, to: true },
    });
    expect((await post('/api/0/organizations/main/changes/', { kind: 'magic', name: 'x' })).status).toBe(400);
  });
});
