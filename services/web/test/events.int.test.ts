import { createHash } from 'node:crypto';
import {
  attachmentSchema,
  eventDetailSchema,
  eventIdSchema,
  eventRowSchema,
  issueDetailSchema,
  type Series,
  seriesSchema,
  tagSummarySchema,
} from '@culprit/api';
import { RowBinaryWriter } from '@culprit/clickhouse';
import { NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type EventFacts, payloadOf, storeEvents } from './event-rows.ts';
import { aDeploy, anIssue, aProject, aRelease, startTestWeb, type TestWeb } from './harness.ts';

const MINUTE = 60_000;
const HASH = 'f00000000000000a';
const rows = z.array(eventRowSchema);
let web: TestWeb;
let shop: number;
let issue: string;
let otherIssue: string;
let deployId: string;
let rich: EventFacts;
const id = (n: number): string => n.toString(16).padStart(32, '0');

beforeAll(async () => {
  web = await startTestWeb();
  shop = web.main.projectId;
  const release = await aRelease(web.database, web.main.id, 'shop@2', [shop]);
  deployId = await aDeploy(web.database, web.main.id, release, [shop], 'production', NOON - 120 * MINUTE);
  issue = await anIssue(web.database, { projectId: shop, hash: HASH });
  otherIssue = await anIssue(web.database, { projectId: shop, hash: 'f00000000000000b' });
  rich = {
    project: shop,
    eventId: id(2),
    hash: HASH,
    received: NOON - 60 * MINUTE,
    release: 'shop@2',
    environment: 'production',
    handled: 0,
    deployId,
    user: { id: '42', email: 'ada@example.com', ip: '192.0.2.7' },
    tags: { plan: 'pro' },
    payload: {
      fingerprint: ['{{ default }}'],
      user: { id: '42', email: 'ada@example.com', ip_address: '192.0.2.7', data: { seat: 3 } },
      exception: {
        values: [
          null,
          { type: 'RangeError', value: 'deep' },
          {
            type: 'TypeError',
            value: 'x is undefined',
            mechanism: { type: 'onerror', handled: false },
            stacktrace: {
              frames: [
                { function: 'dispatch', filename: 'node_modules/react.js', in_app: false },
                {
                  function: 'totalOf',
                  filename: 'src/cart.js',
                  abs_path: 'https://shop.example/src/cart.js',
                  lineno: 27,
                  colno: 9,
                  in_app: true,
                  pre_context: ['a', 'b'],
                  context_line: 'c',
                  post_context: ['d'],
                  vars: { total: null },
                },
              ],
            },
          },
        ],
      },
      breadcrumbs: { values: [{ timestamp: NOON / 1000 - 5, category: 'ui.click', message: 'button' }] },
      request: {
        url: 'https://shop.example/',
        method: 'GET',
        headers: [['Accept', '*/*']],
        query_string: [['a', null]],
      },
      contexts: { browser: { name: 'Chrome', version: '141.0', type: 'browser' } },
      extra: { cart: [1] },
      sdk: { name: 'sentry.javascript.browser', version: '11.12.0' },
      errors: [{ type: 'value_too_long', name: 'tags.x' }],
    },
  };
  await storeEvents(web.context.clickhouse, [
    { project: shop, eventId: id(1), hash: HASH, received: NOON - 90 * MINUTE, tags: { plan: 'free' } },
    rich,
    { project: shop, eventId: id(3), hash: HASH, received: NOON - 60 * MINUTE, tags: { plan: 'pro' } },
    { project: shop, eventId: id(4), hash: 'f00000000000000b', received: NOON - 30 * MINUTE },
    { project: shop, eventId: id(5), hash: 'f00000000000000c', received: NOON - 20 * MINUTE, level: 'info' },
  ]);
});
afterAll(() => web.stop());

describe('reading an event back', () => {
  it('gives the very bytes that were stored, by id with and without dashes', async () => {
    const url = `/api/0/projects/main/shop/events/${id(2)}/json/`;
    const answer = await web.send({ url });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.text).toBe(payloadOf(rich));
    const dashed = '00000000-0000-0000-0000-000000000002';
    expect((await web.send({ url: `/api/0/projects/main/${shop}/events/${dashed}/json` })).text).toBe(
      answer.text,
    );
  });

  it('answers 404 for what is not stored, is no id, or is another project’s', async () => {
    await aProject(web.database, web.main, 'empty');
    for (const path of [`shop/events/${id(99)}`, 'shop/events/xyz', `empty/events/${id(2)}`]) {
      expect((await web.send({ url: `/api/0/projects/main/${path}/json/` })).status).toBe(404);
      expect((await web.send({ url: `/api/0/projects/main/${path}/` })).status).toBe(404);
    }
  });

  it('shows it to people: chain, frames with numbered lines, breadcrumbs, user, deploy, neighbours', async () => {
    const event = await web.get(`/api/0/projects/main/shop/events/${id(2)}/`, eventDetailSchema);
    expect(event).toMatchObject({
      eventID: id(2),
      groupID: issue,
      release: { version: 'shop@2' },
      deploy: { id: deployId, number: 1, environment: 'production', projects: ['shop'] },
      handled: false,
      user: { id: '42', email: 'ada@example.com', ip_address: '192.0.2.7', data: { seat: 3 } },
      location: 'src/cart.js',
      context: { cart: [1] },
      contexts: { browser: { name: 'Chrome', version: '141.0' } },
      tags: [{ key: 'plan', value: 'pro' }],
      errors: [{ type: 'value_too_long', data: { name: 'tags.x' } }],
      previousEventID: id(1),
      nextEventID: id(3),
    });
    expect(event.entries.map((entry) => entry.type)).toEqual(['exception', 'breadcrumbs', 'request']);
    const exception = event.entries.find((entry) => entry.type === 'exception');
    expect(exception?.data.values.map((value) => value.type)).toEqual(['RangeError', 'TypeError']);
    expect(exception?.data.values[1]?.stacktrace?.frames[1]).toMatchObject({
      function: 'totalOf',
      lineNo: 27,
      colNo: 9,
      absPath: 'https://shop.example/src/cart.js',
      inApp: true,
      context: [
        [25, 'a'],
        [26, 'b'],
        [27, 'c'],
        [28, 'd'],
      ],
      vars: { total: null },
    });
    const request = event.entries.find((entry) => entry.type === 'request');
    expect(request?.data).toMatchObject({ headers: [['Accept', '*/*']], query: [['a', null]] });
  });

  it('finds project and issue of an event id', async () => {
    const found = await web.get(`/api/0/organizations/main/eventids/${id(4)}/`, eventIdSchema);
    expect(found).toMatchObject({
      organizationSlug: 'main',
      projectSlug: 'shop',
      groupId: otherIssue,
      eventId: id(4),
    });
  });
});

describe('the events of an issue', () => {
  it('come newest first, page by page', async () => {
    const seen: string[] = [];
    let url: string | undefined = `/api/0/organizations/main/issues/${issue}/events/?per_page=1&full=false`;
    for (let page = 0; url !== undefined && page < 5; page++) {
      const answer = await web.send({ url });
      seen.push(...rows.parse(answer.body).map((row) => row.eventID));
      url = /<https:\/\/culprit\.example([^>]*)>; rel="next"; results="true"/.exec(
        String(answer.headers.link),
      )?.[1];
    }
    expect(seen).toEqual([id(3), id(2), id(1)]);
    const production = `/api/0/issues/${issue}/events/?environment=production`;
    expect((await web.get(production, rows)).map((row) => row.eventID)).toEqual([id(2)]);
    const recent = `/api/0/issues/${issue}/events/?statsPeriod=61m`;
    expect((await web.get(recent, rows)).map((row) => row.eventID)).toEqual([id(3), id(2)]);
  });

  it('are named latest, oldest, recommended or by id', async () => {
    const which = async (name: string) =>
      (await web.get(`/api/0/organizations/main/issues/${issue}/events/${name}/`, eventDetailSchema)).eventID;
    expect(await which('latest')).toBe(id(3));
    expect(await which('recommended')).toBe(id(3));
    expect(await which('oldest')).toBe(id(1));
    expect(await which(id(2))).toBe(id(2));
    const foreign = await web.send({ url: `/api/0/organizations/main/issues/${issue}/events/${id(4)}/` });
    expect(foreign.status).toBe(404);
  });

  it('have tags with their most frequent values', async () => {
    const tags = await web.get(`/api/0/organizations/main/issues/${issue}/tags/`, z.array(tagSummarySchema));
    expect(tags.map((tag) => tag.key)).toEqual(['environment', 'level', 'plan', 'release', 'transaction']);
    const plan = await web.get(`/api/0/issues/${issue}/tags/plan/`, tagSummarySchema);
    expect(plan).toMatchObject({ uniqueValues: 2, totalValues: 3 });
    expect(plan.topValues).toEqual([
      {
        name: 'pro',
        value: 'pro',
        count: 2,
        firstSeen: new Date(NOON - 60 * MINUTE).toISOString(),
        lastSeen: new Date(NOON - 60 * MINUTE).toISOString(),
      },
      expect.objectContaining({ value: 'free', count: 1 }),
    ]);
    const users = await web.get(`/api/0/issues/${issue}/tags/user/`, tagSummarySchema);
    expect(users.topValues).toMatchObject([{ value: 'id:42', count: 1 }]);
    const release = await web.get(`/api/0/issues/${issue}/tags/release/`, tagSummarySchema);
    expect(release).toMatchObject({ uniqueValues: 1, totalValues: 1, topValues: [{ value: 'shop@2' }] });
    expect((await web.send({ url: `/api/0/issues/${issue}/tags/nope/` })).status).toBe(404);
  });

  it('make a line with the deploys of the same span', async () => {
    const series = await web.get(
      `/api/0/organizations/main/issues/${issue}/series/?statsPeriod=24h`,
      seriesSchema,
    );
    expect(series.interval).toBe(900);
    expect(series.points).toHaveLength(96);
    expect(series.points.filter(([, n]) => n > 0)).toEqual([
      [(NOON - 90 * MINUTE) / 1000, 1],
      [(NOON - 60 * MINUTE) / 1000, 2],
    ]);
    expect(series.deploys).toMatchObject([{ number: 1, environment: 'production', version: 'shop@2' }]);
  });
});

describe('events that stand for others', () => {
  it('count once, and lines say beside that about how many came', async () => {
    const project = await aProject(web.database, web.main, 'flooded');
    const flooded = await anIssue(web.database, { projectId: project, hash: 'f00d00000000000a', count: 3 });
    await storeEvents(
      web.context.clickhouse,
      [
        { keptWeight: 1, minutesAgo: 200 },
        { keptWeight: 20, minutesAgo: 151 },
        { keptWeight: 20, minutesAgo: 150 },
      ].map(({ keptWeight, minutesAgo }, n) => ({
        project,
        eventId: id(0xf00d + n),
        hash: 'f00d00000000000a',
        received: NOON - minutesAgo * MINUTE,
        keptWeight,
      })),
    );
    const some = (points: Series['points'] | null | undefined) => (points ?? []).filter(([, n]) => n > 0);
    const at = (minutesAgo: number): number => (NOON - minutesAgo * MINUTE) / 1000;
    const ofIssue = await web.get(
      `/api/0/organizations/main/issues/${flooded}/series/?statsPeriod=24h`,
      seriesSchema,
    );
    expect(some(ofIssue.points)).toEqual([
      [at(210), 1],
      [at(165), 1],
      [at(150), 1],
    ]);
    expect(some(ofIssue.came)).toEqual([
      [at(210), 1],
      [at(165), 20],
      [at(150), 20],
    ]);
    const timeline = '/api/0/organizations/main/timeline/?project=flooded';
    const ofProject = await web.get(`${timeline}&statsPeriod=24h`, seriesSchema);
    expect([some(ofProject.points), some(ofProject.came)]).toEqual([
      some(ofIssue.points),
      some(ofIssue.came),
    ]);
    const calm = await web.get('/api/0/organizations/main/timeline/?project=shop', seriesSchema);
    expect(calm.came).toBeNull();
    const issue = await web.get(`/api/0/issues/${flooded}/`, issueDetailSchema);
    expect(issue.stats['24h']?.reduce((sum, [, n]) => sum + n, 0)).toBe(3);
  });
});

describe('the events of projects', () => {
  it('come newest first, of all types, also those of no issue', async () => {
    const list = await web.get('/api/0/projects/main/shop/events/?cursor=', rows);
    expect(list.map((row) => row.eventID)).toEqual([id(5), id(4), id(3), id(2), id(1)]);
    expect(list[0]?.groupID).toBeNull();
    expect(list[1]?.groupID).toBe(otherIssue);
  });

  it('make the time line of an organization', async () => {
    const all = await web.get('/api/0/organizations/main/timeline/?statsPeriod=1h', seriesSchema);
    expect(all.interval).toBe(60);
    expect(all.points.reduce((sum, [, n]) => sum + n, 0)).toBe(2);
    expect(all.deploys).toEqual([]);
    const day = await web.get(
      `/api/0/organizations/main/timeline/?project=${shop}&environment=production`,
      seriesSchema,
    );
    expect(day.points.reduce((sum, [, n]) => sum + n, 0)).toBe(1);
    expect(day.deploys).toHaveLength(1);
    const staging = await web.get('/api/0/organizations/main/timeline/?environment=staging', seriesSchema);
    expect([staging.points.every(([, n]) => n === 0), staging.deploys]).toEqual([true, []]);
  });
});

describe('attachments', () => {
  it('are listed and downloaded whole; a stranger’s page is never shown on our origin', async () => {
    const bytes = Buffer.from('<script>alert(1)</script>');
    const { key, size } = await web.context.files.put(bytes);
    const sha1 = createHash('sha1').update(bytes).digest('hex');
    const writer = new RowBinaryWriter();
    writer.uint32(shop);
    writer.uuid(id(2));
    writer.dateTime64(NOON);
    writer.uint16(0);
    writer.uint64(1);
    writer.string('crash "log" ü.html');
    writer.string('event.attachment');
    writer.string('text/html');
    writer.uint64(size);
    writer.fixedString(sha1, 40);
    writer.string(key);
    writer.endRow();
    await web.context.clickhouse.storeBlock({
      table: 'attachments',
      columns: [
        ...['project_id', 'event_id', 'received', 'log_partition', 'log_offset', 'name', 'attachment_type'],
        ...['content_type', 'size', 'sha1', 'file'],
      ],
      body: writer.body(),
      rows: 1,
      topic: 'test',
      partition: 0,
      first: 1,
      last: 1,
      receivedFrom: NOON,
      receivedTo: NOON + 1,
      oneRowPerOffset: false,
      takeOver: false,
    });
    const url = `/api/0/projects/main/shop/events/${id(2)}/attachments/`;
    const list = await web.get(url, z.array(attachmentSchema));
    expect(list).toMatchObject([
      {
        name: 'crash "log" ü.html',
        size: bytes.length,
        mimetype: 'text/html',
        sha1,
        type: 'event.attachment',
      },
    ]);
    const file = await web.send({ url: `${url}${list[0]?.id}/?download` });
    expect(file.status).toBe(200);
    expect(file.text).toBe(bytes.toString());
    expect(file.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="crash _log_ _.html"; filename*=UTF-8''crash%20%22log%22%20%C3%BC.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    expect((await web.send({ url: `${url}${list[0]?.id}/` })).headers['content-disposition']).toMatch(
      /^attachment/,
    );
    expect((await web.send({ url: `${url}2/` })).status).toBe(404);
  });
});
