import { releaseSchema, sessionsSchema } from '@culprit/api';
import { NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { anOrganization, aProject, aRelease, startTestWeb, type TestWeb } from './harness.ts';
import { storeSessions } from './session-rows.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const URL = '/api/0/organizations/main/sessions/';
let web: TestWeb;
let shop: number;
let api: number;

beforeAll(async () => {
  web = await startTestWeb();
  shop = web.main.projectId;
  api = await aProject(web.database, web.main, 'api');
  const other = await anOrganization(web.database, 'other');
  await aRelease(web.database, web.main.id, 'shop@1', [shop]);
  await aRelease(web.database, web.main.id, 'shop@2', [shop]);
  await aRelease(web.database, web.main.id, 'shop@3', [shop]);
  const lastHour = NOON - 30 * MINUTE;
  await storeSessions(web.context.clickhouse, [
    // shop@1, 11:30: ten sessions began; 1 and 2 had errors, 2 crashed, 3 ended abnormally, 4 without a handler.
    {
      project: shop,
      minute: lastHour,
      started: 10,
      sids: { errored: [1, 2, 3, 4], crashed: [2], abnormal: [3], unhandled: [4] },
      users: [101, 102, 103, 104, 105],
      faultyUsers: { errored: [101, 102, 103, 104], crashed: [102], abnormal: [103], unhandled: [104] },
    },
    // A later batch, perhaps of another process: more updates of session 2, and of session 1 in another minute.
    {
      project: shop,
      minute: lastHour,
      sids: { errored: [2], crashed: [2] },
      users: [102],
      faultyUsers: { errored: [102], crashed: [102] },
    },
    {
      project: shop,
      minute: lastHour + MINUTE,
      sids: { errored: [1] },
      users: [101],
      faultyUsers: { errored: [101] },
    },
    // shop@1, 10:30: summed up by a server: 20 began, 5 did not end well, 2 of them crashed.
    { project: shop, minute: lastHour - HOUR, started: 20, errored: 5, crashed: 2 },
    // shop@2: two hours ago, in staging.
    {
      project: shop,
      minute: NOON - 2 * HOUR,
      release: 'shop@2',
      environment: 'staging',
      started: 4,
      users: [101],
    },
    { project: shop, minute: NOON - 2 * HOUR, release: 'shop@2', started: 2 },
    { project: api, minute: lastHour, release: 'api@1', environment: '', started: 8, users: [101, 106] },
    // Beyond the day, and of strangers.
    { project: shop, minute: NOON - 30 * HOUR, started: 1_000 },
    { project: other.projectId, minute: lastHour, started: 5_000 },
  ]);
});
afterAll(() => web.stop());

const ask = (params: string) => web.get(`${URL}?${params}`, sessionsSchema);
const FIELDS =
  'field=sum(session)&field=count_unique(user)&field=crash_free_rate(session)&field=crash_free_rate(user)';

describe('sessions', () => {
  it('of a project over a day: each session and each person once', async () => {
    const { groups } = await ask(`project=${shop}&${FIELDS}&statsPeriod=24h&query=release:shop@1`);
    expect(groups.map(({ by, totals }) => ({ by, totals }))).toEqual([
      {
        by: {},
        totals: {
          'sum(session)': 30, // 10 + 20
          'count_unique(user)': 5, // 101 … 105
          'crash_free_rate(session)': 0.9, // 1 − (session 2 + 2 of the sums) / 30
          'crash_free_rate(user)': 0.8, // 1 − 102 / 5
        },
      },
    ]);
  });

  it('by status add up to all of them', async () => {
    const { groups } = await ask(
      `project=${shop}&field=sum(session)&field=count_unique(user)&groupBy=session.status&query=release:shop@1`,
    );
    // 9 are errored in all: 1, 2, 3, 4 and five of the sums; 3 of these crashed, 1 was abnormal, 1 unhandled.
    expect(
      groups.map(({ by, totals }) => [
        by['session.status'],
        totals['sum(session)'],
        totals['count_unique(user)'],
      ]),
    ).toEqual([
      ['healthy', 21, 1],
      ['errored', 4, 1],
      ['crashed', 3, 1],
      ['abnormal', 1, 1],
      ['unhandled', 1, 1],
    ]);
  });

  it('by release, environment and project, the largest first', async () => {
    const { groups } = await ask(
      'field=sum(session)&groupBy=release&groupBy=environment&groupBy=project&statsPeriod=24h',
    );
    expect(
      groups.map(({ by, totals }) => [by.project, by.release, by.environment, totals['sum(session)']]),
    ).toEqual([
      [shop, 'shop@1', 'production', 30],
      [api, 'api@1', '', 8],
      [shop, 'shop@2', 'staging', 4],
      [shop, 'shop@2', 'production', 2],
    ]);
  });

  it('by interval: an hour each unless told otherwise, people of each by themselves', async () => {
    const { intervals, groups } = await ask(`project=${shop}&${FIELDS}&statsPeriod=3h&query=release:shop@1`);
    expect(intervals).toEqual(
      [9, 10, 11, 12].map((hour) => new Date(NOON - (12 - hour) * HOUR).toISOString()),
    );
    expect(groups[0]?.series).toEqual({
      'sum(session)': [0, 20, 10, 0],
      'count_unique(user)': [0, 0, 5, 0],
      'crash_free_rate(session)': [null, 0.9, 0.9, null],
      'crash_free_rate(user)': [null, null, 0.8, null],
    });
    const minutes = await ask(`project=${shop}&field=sum(session)&interval=15m&statsPeriod=1h`);
    expect(minutes.groups[0]?.series['sum(session)']).toEqual([0, 0, 10, 0, 0]);
  });

  it('between two times', async () => {
    const { start, end, groups } = await ask(
      `project=${shop}&field=sum(session)&start=2026-11-20T10:00:00&end=2026-11-20T11:00:00Z`,
    );
    expect([start, end]).toEqual(['2026-11-20T10:00:00.000Z', '2026-11-20T11:00:00.000Z']);
    expect(groups.map((group) => group.totals)).toEqual([{ 'sum(session)': 26 }]); // 20, and shop@2 at 10:00
  });

  it('of an environment', async () => {
    const { groups } = await ask('field=sum(session)&environment=staging');
    expect(groups[0]?.totals['sum(session)']).toBe(4);
    // Longer than any environment is: there are none of it.
    const none = await ask(`field=sum(session)&environment=${'x'.repeat(400)}`);
    expect(none.groups[0]?.totals['sum(session)']).toBe(0);
  });

  it('that are not there are 0, and a rate of nothing is null', async () => {
    const { groups } = await ask(`${FIELDS}&query=release:"no such"`);
    expect(groups.map((group) => group.totals)).toEqual([
      {
        'sum(session)': 0,
        'count_unique(user)': 0,
        'crash_free_rate(session)': null,
        'crash_free_rate(user)': null,
      },
    ]);
    expect((await ask('field=sum(session)&groupBy=release&query=release:none')).groups).toEqual([]);
  });

  it.each([
    ['', 'field'],
    ['field=sum(x)', 'field'],
    ['field=sum(session)&groupBy=user', 'groupBy'],
    ['field=sum(session)&interval=1m&statsPeriod=30d', 'interval'],
    ['field=sum(session)&query=user:ada', 'query'],
    ['field=sum(session)&start=2026-11-20T12:00:00&end=2026-11-20T11:00:00', 'end'],
    ['field=sum(session)&start=yesterday', 'start'],
    ['field=sum(session)&interval=7m&end=%2B275760-09-13T00:00:00Z', 'end'],
    ['field=sum(session)&interval=hourly', 'interval'],
    ['field=sum(session)&project=nowhere', 'project'],
    ['field=sum(session)&per_page=none', 'per_page'],
  ])('refuse %j and name the field', async (params, field) => {
    const answer = await web.send({ url: `${URL}?${params}` });
    expect(answer.status).toBe(400);
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(answer.body))).toEqual([field]);
  });
});

describe('the health of a release', () => {
  const health = async (version: string, params = 'health=1') =>
    (await web.get(`/api/0/organizations/main/releases/${version}/?${params}`, releaseSchema)).projects[0]
      ?.healthData;

  it('is its part of the sessions and people of its project in the last day', async () => {
    expect(await health('shop@1')).toEqual({
      hasHealthData: true,
      adoption: 100, // five people, one of which is on shop@2 as well
      sessionsAdoption: (30 / 36) * 100,
      crashFreeUsers: 80,
      crashFreeSessions: 90,
      totalUsers24h: 5,
      totalSessions24h: 30,
      totalProjectUsers24h: 5,
      totalProjectSessions24h: 36,
      sessionsCrashed: 3,
      sessionsErrored: 4,
      adoptionStage: 'adopted',
    });
  });

  it('is asked of an environment', async () => {
    expect(await health('shop@2', 'health=1&environment=production')).toMatchObject({
      totalSessions24h: 2,
      sessionsAdoption: (2 / 32) * 100,
      crashFreeSessions: 100,
      crashFreeUsers: null,
      adoptionStage: 'low_adoption',
    });
    expect(await health('shop@2', 'health=1&environment=staging')).toMatchObject({
      sessionsAdoption: 100,
      adoptionStage: 'adopted',
    });
  });

  it('is empty without sessions, and not told where nobody asked', async () => {
    expect(await health('shop@3')).toMatchObject({
      hasHealthData: false,
      adoption: 0,
      crashFreeSessions: null,
      crashFreeUsers: null,
      adoptionStage: 'low_adoption',
    });
    expect(await health('shop@1', '')).toBeUndefined();
  });

  it('stands in the list', async () => {
    const releases = await web.get('/api/0/organizations/main/releases/?health=1', z.array(releaseSchema));
    const sessions = releases.map(({ version, projects }) => [
      version,
      projects[0]?.healthData?.totalSessions24h,
    ]);
    expect(Object.fromEntries(sessions)).toEqual({ 'shop@1': 30, 'shop@2': 6, 'shop@3': 0 });
  });
});
