import { issueDetailSchema, issueSchema, shortIdSchema } from '@culprit/api';
import { NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { storeEvents } from './event-rows.ts';
import { anIssue, aProject, aRelease, startTestWeb, type TestWeb } from './harness.ts';

const HOUR = 3_600_000;
const issues = z.array(issueSchema);
let web: TestWeb;
let shop: number;
let cart: string;
let login: string;
let old: string;

beforeAll(async () => {
  web = await startTestWeb();
  shop = web.main.projectId;
  await aRelease(web.database, web.main.id, 'shop@1', [shop]);
  await aRelease(web.database, web.main.id, 'shop@2', [shop]);
  cart = await anIssue(web.database, {
    projectId: shop,
    hash: '000000000000000a',
    title: 'TypeError: total of undefined',
    culprit: 'cart',
    firstSeen: NOON - 30 * HOUR,
    lastSeen: NOON - HOUR,
    count: 7,
    users: 3,
    unhandled: true,
    firstRelease: 'shop@1',
  });
  login = await anIssue(web.database, {
    projectId: shop,
    hash: 'ffffffffffffff0b',
    title: 'LoginError: 100%_wrong',
    culprit: 'login',
    level: 'warning',
    firstSeen: NOON - 2 * HOUR,
    lastSeen: NOON - 2 * HOUR,
    count: 70,
    users: 1,
    firstRelease: 'shop@2',
  });
  old = await anIssue(web.database, {
    projectId: shop,
    hash: '000000000000000c',
    title: 'Old: gone',
    status: 'resolved',
    firstSeen: NOON - 900 * HOUR,
    lastSeen: NOON - 800 * HOUR,
    count: 1,
  });
  const event = (n: number) => n.toString(16).padStart(32, '0');
  await storeEvents(web.context.clickhouse, [
    {
      project: shop,
      eventId: event(1),
      hash: '000000000000000a',
      received: NOON - 26 * HOUR,
      release: 'shop@1',
    },
    {
      project: shop,
      eventId: event(2),
      hash: '000000000000000a',
      received: NOON - HOUR,
      release: 'shop@2',
      environment: 'production',
      user: { email: 'Ada@Example.com', ip: '192.0.2.7' },
      tags: { plan: 'pro' },
    },
    {
      project: shop,
      eventId: event(3),
      hash: '000000000000000a',
      received: NOON - HOUR + 60_000,
      release: 'shop@2',
    },
    {
      project: shop,
      eventId: event(4),
      hash: 'ffffffffffffff0b',
      received: NOON - 2 * HOUR,
      environment: 'staging',
      tags: { plan: 'free' },
    },
  ]);
});
afterAll(() => web.stop());

async function idsOf(query: string): Promise<string[]> {
  return (await web.get(`/api/0/organizations/main/issues/?${query}`, issues)).map((issue) => issue.id);
}

describe('the issue list', () => {
  it('shows unresolved issues, last seen first, with counts, users and releases, when nothing is asked', async () => {
    const list = await web.get('/api/0/organizations/main/issues/', issues);
    expect(list.map((issue) => issue.id)).toEqual([cart, login]);
    expect(list[0]).toMatchObject({
      shortId: 'SHOP-1',
      title: 'TypeError: total of undefined',
      culprit: 'cart',
      permalink: `https://culprit.example/organizations/main/issues/${cart}/`,
      count: '7',
      userCount: 3,
      firstSeen: new Date(NOON - 30 * HOUR).toISOString(),
      lastSeen: new Date(NOON - HOUR).toISOString(),
      hasUnhandled: true,
      firstRelease: { version: 'shop@1' },
      firstDeploy: null,
      project: { id: String(shop), slug: 'shop' },
    });
  });

  it('has a point per hour of the last 24, also where nothing happened', async () => {
    const [issue] = await web.get('/api/0/organizations/main/issues/', issues);
    const points = issue?.stats['24h'] ?? [];
    expect(points).toHaveLength(24);
    expect(points.at(-1)?.[0]).toBe(NOON / 1000);
    expect(points.filter(([, events]) => events > 0)).toEqual([[(NOON - HOUR) / 1000, 2]]);
  });

  it('has a point per day of the last 14 when asked so', async () => {
    const [issue] = await web.get('/api/0/organizations/main/issues/?groupStatsPeriod=14d', issues);
    expect(issue?.stats['24h']).toBeUndefined();
    const points = issue?.stats['14d'] ?? [];
    expect(points).toHaveLength(14);
    expect(points.filter(([, events]) => events > 0).map(([, events]) => events)).toEqual([1, 2]);
  });

  it('sorts by last seen, first seen, events and users', async () => {
    expect(await idsOf('query=&sort=date')).toEqual([cart, login, old]);
    expect(await idsOf('query=&sort=new')).toEqual([login, cart, old]);
    expect(await idsOf('query=&sort=freq')).toEqual([login, cart, old]);
    expect(await idsOf('query=&sort=user')).toEqual([cart, login, old]);
  });

  it('searches status, level, first release, words, and what only events know', async () => {
    const found = async (query: string) => idsOf(`query=${encodeURIComponent(query)}`);
    expect(await found('is:resolved')).toEqual([old]);
    expect(await found('level:warning')).toEqual([login]);
    expect(await found('first-release:shop@2')).toEqual([login]);
    expect(await found('TypeError: total')).toEqual([cart]);
    expect(await found('100%_')).toEqual([login]);
    expect(await found('%')).toEqual([login]);
    expect(await found('release:shop@2')).toEqual([cart]);
    expect(await found('environment:staging')).toEqual([login]);
    expect(await found('user.email:ADA@example.com')).toEqual([cart]);
    expect(await found('user.ip:192.0.2.7 is:unresolved')).toEqual([cart]);
    expect(await found('plan:free')).toEqual([login]);
    expect(await found('plan:free release:shop@2')).toEqual([]);
    expect(await found('is:unhandled')).toEqual([cart]);
    expect(await found('project:shop gone')).toEqual([old]);
    expect(await found('shop-3')).toEqual([old]);
  });

  it('keeps to the environment and the period that are asked for', async () => {
    expect(await idsOf('environment=production')).toEqual([cart]);
    expect(await idsOf('environment=production&environment=staging')).toEqual([cart, login]);
    expect(await idsOf('query=&statsPeriod=24h')).toEqual([cart, login]);
    expect(await idsOf('query=&statsPeriod=90m')).toEqual([cart]);
  });

  it('goes page by page without repeating or leaving out, and says in Link when it ends', async () => {
    for (const sort of ['date', 'new', 'freq', 'user']) {
      const seen: string[] = [];
      let url: string | undefined = `/api/0/organizations/main/issues/?query=&limit=1&sort=${sort}`;
      for (let page = 0; url !== undefined && page < 5; page++) {
        const answer = await web.send({ method: 'GET', url });
        seen.push(...issues.parse(answer.body).map((issue) => issue.id));
        const next = /<https:\/\/culprit\.example([^>]*)>; rel="next"; results="true"/.exec(
          String(answer.headers.link),
        );
        url = next?.[1];
      }
      expect(seen).toHaveLength(3);
      expect(new Set(seen)).toEqual(new Set([cart, login, old]));
    }
  });

  it('refuses what makes no sense with the field and the reason', async () => {
    const status = async (query: string) =>
      (await web.send({ url: `/api/0/organizations/main/issues/?${query}` })).body;
    expect(await status('sort=best')).toEqual({ sort: ['must be one of date, new, freq, user'] });
    expect(await status('query=is:funny')).toEqual({ query: ['is:funny is not known'] });
    expect(await status('cursor=1;drop')).toEqual({ cursor: ['is not one of this list'] });
    expect(await status('statsPeriod=forever')).toEqual({ statsPeriod: ['must be like 24h or 14d'] });
    expect(await status('limit=many')).toEqual({ limit: ['must be a whole number'] });
    expect(await status('project=999')).toEqual({ project: ['names a project that is not there'] });
  });

  it('of a project holds only its own, whatever project the search names', async () => {
    await aProject(web.database, web.main, 'other');
    expect(await web.get('/api/0/projects/main/other/issues/?query=', issues)).toEqual([]);
    expect(await web.get(`/api/0/projects/main/${shop}/issues/?query=`, issues)).toHaveLength(3);
    expect(await web.get('/api/0/projects/main/shop/issues/?query=project:shop', issues)).toHaveLength(3);
    expect(await web.get('/api/0/projects/main/shop/issues/?query=project:other', issues)).toEqual([]);
    expect(await web.get('/api/0/projects/main/other/issues/?query=project:shop', issues)).toEqual([]);
    const ofAll = '/api/0/organizations/main/issues/?query=project:shop';
    expect(await web.get(ofAll, issues)).toHaveLength(3);
    expect(await web.get(`${ofAll}&project=shop`, issues)).toHaveLength(3);
    expect(await web.get(`${ofAll}&project=other`, issues)).toEqual([]);
  });

  it('refuses more and longer values than it can ask for, and takes as many as it can', async () => {
    const answerTo = async (query: string) => {
      const { status, body } = await web.send({ url: `/api/0/organizations/main/issues/?${query}` });
      return status === 200 ? status : body;
    };
    const many = (count: number, term: (n: number) => string, separator: string): string =>
      Array.from({ length: count }, (_, n) => term(n)).join(separator);
    const beside = (count: number): string => many(count, (n) => `environment=beside${n}`, '&');
    const within = (count: number, term: string): string =>
      `query=${many(count, (n) => `${term}:x${n}`, '%20')}`;
    expect(await answerTo(`${beside(80)}&${within(20, 'environment')}`)).toBe(200);
    expect(await answerTo(`${beside(81)}&${within(20, 'environment')}`)).toEqual({
      environment: ['must not be more than 100, with those of the query'],
    });
    expect(await answerTo(beside(101))).toEqual({
      environment: ['must be at most 100 values of at most 500 characters'],
    });
    expect(await answerTo(`environment=${'x'.repeat(501)}`)).toEqual({
      environment: ['Too big: expected string to have <=500 characters'],
    });
    for (const term of ['user', 'user.email', 'release', 'plan']) {
      expect([term, await answerTo(within(20, term))]).toEqual([term, 200]);
      expect([term, await answerTo(`query=${term}:${'x'.repeat(301)}`)]).toEqual([
        term,
        { query: [`${term} must not be longer than 300 characters`] },
      ]);
    }
  });
});

describe('one issue', () => {
  it('is the same under both paths, with both sparklines and its tags', async () => {
    const issue = await web.get(`/api/0/organizations/main/issues/${cart}/`, issueDetailSchema);
    expect(await web.get(`/api/0/issues/${cart}`, issueDetailSchema)).toEqual(issue);
    expect(issue.stats['24h']).toHaveLength(24);
    expect(issue.stats['14d']).toHaveLength(14);
    expect(issue.tags).toContainEqual({ key: 'plan', name: 'plan', totalValues: 1 });
    expect(issue.tags).toContainEqual({ key: 'release', name: 'release', totalValues: 3 });
  });

  it('is found by its short id in any case', async () => {
    const found = await web.get('/api/0/organizations/main/shortids/shop-2/', shortIdSchema);
    expect(found).toMatchObject({
      groupId: login,
      shortId: 'SHOP-2',
      projectSlug: 'shop',
      organizationSlug: 'main',
    });
    expect((await web.send({ url: '/api/0/organizations/main/shortids/SHOP-99/' })).status).toBe(404);
  });

  it('is not there for ids that cannot be', async () => {
    for (const id of ['0', '-1', 'abc', '99999999999999999999', '999999999999999999']) {
      expect((await web.send({ url: `/api/0/issues/${id}/` })).status).toBe(404);
    }
  });

  it('changes its status and remembers who did it, once', async () => {
    const put = (payload: object) =>
      web.send({ method: 'PUT', url: `/api/0/organizations/main/issues/${old}/`, payload });
    const ignored = issueDetailSchema.parse((await put({ status: 'muted', snoozeDuration: null })).body);
    expect(ignored.status).toBe('ignored');
    expect(ignored.activity.map((entry) => entry.type)).toEqual(['set_ignored']);
    expect(issueDetailSchema.parse((await put({ status: 'ignored' })).body).activity).toHaveLength(1);
    const back = await put({ status: 'resolved' });
    expect(issueDetailSchema.parse(back.body)).toMatchObject({ status: 'resolved' });
    expect(await put({ status: 'gone' })).toMatchObject({ status: 400 });
    expect(await put({})).toMatchObject({ status: 200 });
  });

  it('changes with others in one request; nothing matched is 204', async () => {
    const put = (query: string, payload: object) =>
      web.send({ method: 'PUT', url: `/api/0/organizations/main/issues/${query}`, payload });
    const both = await put(`?id=${cart}&id=${login}`, { status: 'resolved' });
    expect(both).toMatchObject({ status: 200, body: { status: 'resolved', statusDetails: {} } });
    expect(await idsOf('query=is:unresolved')).toEqual([]);
    const project = await web.send({
      method: 'PUT',
      url: '/api/0/projects/main/shop/issues/?status=resolved',
      payload: { status: 'unresolved' },
    });
    expect(project.status).toBe(200);
    expect(await idsOf('query=is:unresolved')).toEqual([cart, login, old]);
    expect((await put('?id=999999', { status: 'resolved' })).status).toBe(204);
    expect((await put('?id=abc', { status: 'resolved' })).status).toBe(204);
  });

  it('changes with others only where the search says so, also by project', async () => {
    const other = await aProject(web.database, web.main, 'elsewhere');
    const there = await anIssue(web.database, { projectId: other, hash: '00000000000000e1' });
    const change = (path: string, query: string) =>
      web.send({ method: 'PUT', url: `${path}?query=${query}`, payload: { status: 'ignored' } });
    const statuses = async () =>
      Promise.all(
        [cart, there].map(
          async (id) => (await web.get(`/api/0/issues/${id}/`, issueDetailSchema)).status === 'ignored',
        ),
      );
    const all = '/api/0/organizations/main/issues/';
    expect((await change(all, 'project:nowhere')).status).toBe(400);
    expect((await change('/api/0/projects/main/shop/issues/', 'project:elsewhere')).status).toBe(204);
    expect(await statuses()).toEqual([false, false]);
    expect((await change(all, 'project:elsewhere')).status).toBe(200);
    expect(await statuses()).toEqual([false, true]);
  });
});
