import { describe, expect, test } from 'vitest';
import {
  AUTH,
  EVENT_ID,
  envelope,
  fixedKeys,
  KEY,
  OTHER_KEY,
  PICKY_KEY,
  REVOKED_KEY,
  SNAPSHOT,
  testIngest,
  UNKNOWN_KEY,
} from './harness.ts';

const payload = envelope({ event_id: EVENT_ID }, [{ type: 'event' }, '{}']);
const sentry = (key: string): string => `Sentry sentry_version=7, sentry_key=${key}`;
const REJECTED = 'event submission rejected with_reason: ProjectId';

describe('who may send', () => {
  test.each([
    ['X-Sentry-Auth', { 'x-sentry-auth': sentry(KEY) }, ''],
    ['Authorization: Sentry', { authorization: sentry(KEY) }, ''],
    [
      'Basic with the key as user',
      { authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}` },
      '',
    ],
    ['the query', {}, `?sentry_version=7&sentry_key=${KEY}&sentry_client=x%2F1`],
    ['header and query of one key', { 'x-sentry-auth': sentry(KEY) }, `?sentry_key=${KEY}`],
    ['an empty header beside the query', { 'x-sentry-auth': '' }, `?sentry_key=${KEY}`],
  ])('%s', async (_source, headers, query) => {
    const { app, log } = testIngest();
    const response = await app.inject({ method: 'POST', url: `/api/42/envelope/${query}`, headers, payload });
    expect(response.statusCode).toBe(200);
    expect(log.records).toHaveLength(1);
  });

  test('the dsn of the envelope, when the request says nothing', async () => {
    const { app, log } = testIngest();
    const dsn = `https://${KEY}@errors.example/42`;
    const response = await app.inject({
      method: 'POST',
      url: '/api/42/envelope/',
      payload: envelope({ event_id: EVENT_ID, dsn }, [{ type: 'event' }, '{}']),
    });
    expect(response.statusCode).toBe(200);
    expect(log.records[0]?.header).toMatchObject({ project_id: 42, key_id: 1 });
  });

  test.each([
    ['no auth', {}, '', {}, 401, 'missing authorization information'],
    [
      'conflicting auth',
      AUTH,
      `?sentry_key=${OTHER_KEY}`,
      {},
      401,
      'multiple authorization payloads detected',
    ],
    ['a key that is none', {}, '?sentry_key=abc', {}, 400, 'bad sentry DSN public key'],
    ['a future protocol', {}, `?sentry_key=${KEY}&sentry_version=8`, {}, 400, 'unsupported protocol version'],
    ['an unknown key', {}, `?sentry_key=${UNKNOWN_KEY}`, {}, 403, REJECTED],
    ['a revoked key', {}, `?sentry_key=${REVOKED_KEY}`, {}, 403, REJECTED],
    ['the key of another project', {}, `?sentry_key=${OTHER_KEY}`, {}, 403, REJECTED],
    ['a dsn that is none', {}, '', { dsn: 'nonsense' }, 401, 'bad envelope authentication header'],
    [
      'a dsn of another project',
      {},
      '',
      { dsn: `https://${OTHER_KEY}@x/43` },
      400,
      'dsn in envelope header does not match the request',
    ],
    [
      'a dsn beside the auth of somebody else',
      AUTH,
      '',
      { dsn: `https://${OTHER_KEY}@x/43` },
      400,
      'dsn in envelope header does not match the request',
    ],
    ['an unknown key in the dsn', {}, '', { dsn: `https://${UNKNOWN_KEY}@x/42` }, 403, REJECTED],
  ])('%s is refused', async (_case, headers, query, header, status, detail) => {
    const { app, log } = testIngest();
    const response = await app.inject({
      method: 'POST',
      url: `/api/42/envelope/${query}`,
      headers,
      payload: envelope({ event_id: EVENT_ID, ...header }, [{ type: 'event' }, '{}']),
    });
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
    expect(response.headers['x-sentry-error']).toBe(detail);
    expect(log.records.filter((record) => record.header.kind === 'event')).toEqual([]);
  });

  test.each([
    ['an envelope header that is none', 'nonsense\n', 401, 'bad envelope authentication header'],
    ['nothing at all', '', 401, 'missing authorization information'],
    ['a broken item of a good sender', `{"dsn":"https://${KEY}@x/42"}\n{}\n`, 400, 'item header has no type'],
  ])('without auth in the request, %s is refused', async (_case, body, status, detail) => {
    const { app } = testIngest();
    const response = await app.inject({ method: 'POST', url: '/api/42/envelope/', payload: body });
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
  });

  test('a protocol of the future is counted for its sender, where that is known', async () => {
    const { app, outcomes } = testIngest();
    for (const key of [KEY, UNKNOWN_KEY, REVOKED_KEY]) {
      const url = `/api/42/store/?sentry_key=${key}&sentry_version=8`;
      expect((await app.inject({ method: 'POST', url, payload: '{}' })).statusCode).toBe(400);
    }
    expect(await outcomes()).toEqual(['42/1 invalid auth_version default 1']);
  });

  test('the key in the path is a source like the others', async () => {
    const { app } = testIngest();
    const post = (url: string, headers = {}) => app.inject({ method: 'POST', url, headers, payload: 'x' });
    expect((await post(`/api/42/unreal/${KEY}/`)).statusCode).toBe(200);
    expect((await post(`/api/42/unreal/${KEY}/?sentry_key=${KEY}`, AUTH)).statusCode).toBe(200);
    expect((await post(`/api/42/unreal/${OTHER_KEY}/`, AUTH)).statusCode).toBe(401);
    expect((await post('/api/42/unreal/abc/')).statusCode).toBe(400);
  });

  test('refused senders that nobody knows leave no outcome', async () => {
    const { app, outcomes } = testIngest();
    for (const key of [UNKNOWN_KEY, REVOKED_KEY, OTHER_KEY]) {
      await app.inject({ method: 'POST', url: `/api/42/envelope/?sentry_key=${key}`, payload });
    }
    expect(await outcomes()).toEqual([]);
  });

  test.each([
    ['abc', 400, 'bad project id'],
    ['-1', 400, 'bad project id'],
    ['4.2', 400, 'bad project id'],
    ['18446744073709551615', 403, REJECTED],
    ['18446744073709551616', 400, 'bad project id'],
    ['0', 403, REJECTED],
  ])('project %s answers %d', async (project, status, detail) => {
    const { app } = testIngest();
    const response = await app.inject({
      method: 'POST',
      url: `/api/${project}/envelope/`,
      headers: AUTH,
      payload,
    });
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
  });
});

describe('allowed origins', () => {
  test.each([
    [{ origin: 'https://www.shop.example' }, 200],
    [{ origin: 'https://shop.example:8443' }, 200],
    [{ referer: 'https://www.shop.example/cart?x=1' }, 200],
    [{}, 200],
    [{ origin: 'null' }, 200],
    [{ origin: 'https://evilshop.example' }, 403],
    [{ referer: 'https://other.example/' }, 403],
  ])('%j answers %d', async (headers, status) => {
    const { app, outcomes } = testIngest();
    const url = `/api/44/envelope/?sentry_key=${PICKY_KEY}`;
    const response = await app.inject({ method: 'POST', url, headers: { ...headers }, payload });
    expect(response.statusCode).toBe(status);
    expect(await outcomes()).toEqual(status === 200 ? [] : ['44/4 invalid cors default 1']);
  });
});

describe('without a snapshot that can be trusted', () => {
  test('none at all: 503 without Retry-After, because the sender did nothing wrong', async () => {
    const { app } = testIngest({ keys: fixedKeys(undefined) });
    const response = await app.inject({ method: 'POST', url: '/api/42/envelope/', headers: AUTH, payload });
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBeUndefined();
  });

  test('one that was not confirmed for a day: 403 with the reason', async () => {
    const { app } = testIngest({ keys: fixedKeys(SNAPSHOT, false) });
    const response = await app.inject({ method: 'POST', url: '/api/42/envelope/', headers: AUTH, payload });
    expect([response.statusCode, response.json()]).toEqual([
      403,
      { detail: 'project configuration was not confirmed for 24 hours' },
    ]);
  });

  test('a key that the next look at the source brings is let in at once', async () => {
    let asked = 0;
    const keys = { ...fixedKeys({ ...SNAPSHOT, keys: [] }), recheck: async () => {} };
    keys.recheck = async () => {
      asked++;
      keys.directory = fixedKeys(SNAPSHOT).directory;
    };
    const { app } = testIngest({ keys });
    const response = await app.inject({ method: 'POST', url: '/api/42/envelope/', headers: AUTH, payload });
    expect([response.statusCode, asked]).toEqual([200, 1]);
  });
});

test('the address of the client is taken from trusted proxies only', async () => {
  const headers = { ...AUTH, 'x-forwarded-for': '1.1.1.1, 198.51.100.4' };
  const plain = testIngest();
  await plain.app.inject({ method: 'POST', url: '/api/42/envelope/', headers, payload });
  expect(plain.log.records[0]?.header).toMatchObject({ client_ip: '127.0.0.1' });
  const behind = testIngest({ proxies: '127.0.0.0/8' });
  await behind.app.inject({ method: 'POST', url: '/api/42/envelope/', headers, payload });
  expect(behind.log.records[0]?.header).toMatchObject({ client_ip: '198.51.100.4' });
});

test.each([['x-sentry-forwarded-for'], ['cf-connecting-ip'], ['x-vercel-forwarded-for']])(
  'a proxy that is trusted may say it in %s, nobody else',
  async (name) => {
    const headers = { ...AUTH, [name]: '198.51.100.9' };
    for (const [proxies, expected] of [
      ['', '127.0.0.1'],
      ['127.0.0.0/8', '198.51.100.9'],
    ] as const) {
      const { app, log } = testIngest({ proxies });
      await app.inject({ method: 'POST', url: '/api/42/envelope/', headers, payload });
      expect(log.records[0]?.header).toMatchObject({ client_ip: expected });
    }
  },
);
