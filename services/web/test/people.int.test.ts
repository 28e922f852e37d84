import { personSchema } from '@culprit/api';
import { NOON } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeEvents } from './event-rows.ts';
import { aDeploy, anIssue, anOrganization, aRelease, startTestWeb, type TestWeb } from './harness.ts';

const MINUTE = 60_000;
const at = (minutes: number): string => new Date(NOON + minutes * MINUTE).toISOString();
const id = (n: number): string => n.toString(16).padStart(32, '0');
const chrome = {
  contexts: { browser: { name: 'Chrome', version: '141.0' }, os: { name: 'Windows', version: '10' } },
};
let web: TestWeb;
let cart: string;

beforeAll(async () => {
  web = await startTestWeb();
  const shop = web.main.projectId;
  const release = await aRelease(web.database, web.main.id, 'shop@2', [shop]);
  const deployId = await aDeploy(
    web.database,
    web.main.id,
    release,
    [shop],
    'production',
    NOON - 60 * MINUTE,
  );
  cart = await anIssue(web.database, { projectId: shop, hash: '000000000000000a', title: 'Cart' });
  const other = await anOrganization(web.database, 'other');
  const ada = { id: '42', email: 'Ada@example.com', ip: '192.0.2.7' };
  await storeEvents(web.context.clickhouse, [
    {
      project: shop,
      eventId: id(1),
      hash: '000000000000000a',
      received: NOON - 50 * MINUTE,
      user: ada,
      payload: chrome,
    },
    {
      project: shop,
      eventId: id(2),
      hash: '000000000000000a',
      received: NOON - 40 * MINUTE,
      user: ada,
      release: 'shop@2',
      environment: 'production',
      deployId,
      payload: chrome,
    },
    {
      project: shop,
      eventId: id(3),
      hash: '00000000000000ff',
      received: NOON - 45 * MINUTE,
      user: { username: 'ada@example.com' },
    },
    {
      project: shop,
      eventId: id(4),
      hash: '000000000000000a',
      received: NOON - 30 * MINUTE,
      user: { id: '43' },
    },
    {
      project: other.projectId,
      eventId: id(5),
      hash: '000000000000000a',
      received: NOON - 30 * MINUTE,
      user: ada,
    },
  ]);
});
afterAll(() => web.stop());

const find = (query: string) =>
  web.get(`/api/0/organizations/main/people/?query=${encodeURIComponent(query)}`, personSchema);

describe('looking a person up', () => {
  it('finds by email in any case, and by the same words as username; in this organization only', async () => {
    const person = await find('ADA@example.com');
    expect(person).toMatchObject({
      query: 'ADA@example.com',
      matched: ['email:ada@example.com'],
      firstSeen: at(-50),
      lastSeen: at(-40),
      totals: { events: 2, issues: 1 },
      issues: [
        {
          issue: { id: cart, shortId: 'SHOP-1', title: 'Cart' },
          count: 2,
          firstSeen: at(-50),
          lastSeen: at(-40),
          lastEventId: id(2),
          lastRelease: 'shop@2',
          lastDeploy: { number: 1, environment: 'production', projects: ['shop'] },
        },
      ],
    });
    expect(person.events.map((event) => event.eventID)).toEqual([id(2), id(1)]);
    expect(person.events[0]).toMatchObject({
      issueId: cart,
      shortId: 'SHOP-1',
      project: 'shop',
      release: 'shop@2',
      environment: 'production',
      browser: 'Chrome 141.0',
      os: 'Windows 10',
      deploy: { number: 1 },
    });
    expect(person.devices).toEqual([
      { browser: 'Chrome 141.0', os: 'Windows 10', release: 'shop@2', lastSeen: at(-40) },
      { browser: 'Chrome 141.0', os: 'Windows 10', release: null, lastSeen: at(-50) },
    ]);
  });

  it('finds by id, username and ip address, and by one form only when it is named', async () => {
    expect((await find('42')).matched).toEqual(['id:42']);
    expect((await find('192.0.2.7')).matched).toEqual(['ip:192.0.2.7']);
    const both = await find('ada@example.com');
    expect(both.matched).toEqual(['email:ada@example.com', 'username:ada@example.com']);
    expect(both.totals.events).toBe(3);
    expect((await find('username:ada@example.com')).events.map((event) => event.eventID)).toEqual([id(3)]);
    expect((await find('id:42')).totals).toEqual({ events: 2, issues: 1 });
  });

  it('answers with nothing for a stranger, and 400 for no question', async () => {
    expect(await find('nobody@example.com')).toEqual({
      query: 'nobody@example.com',
      matched: [],
      firstSeen: null,
      lastSeen: null,
      totals: { events: 0, issues: 0 },
      issues: [],
      events: [],
      devices: [],
    });
    const answer = await web.send({ url: '/api/0/organizations/main/people/?query=%20' });
    expect(answer).toMatchObject({ status: 400, body: { query: [expect.any(String)] } });
  });
});
