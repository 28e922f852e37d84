import { deflateSync, gzipSync } from 'node:zlib';
import { parseEventId } from '@culprit/protocol';
import { describe, expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, KEY, OTHER_KEY, testIngest } from './harness.ts';

const json = JSON.stringify({ event_id: EVENT_ID, message: 'boom' });
const post = { method: 'POST', url: '/api/42/store/', headers: AUTH } as const;

describe('POST /api/{project}/store/', () => {
  test.each([
    ['JSON', json, {}],
    ['JSON under another type', json, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['JSON with a dashed id', JSON.stringify({ event_id: '01234567-89AB-cdef-0123-456789abcdef' }), {}],
    ['gzip', gzipSync(json), { 'content-encoding': 'gzip' }],
    ['base64 of zlib', deflateSync(json).toString('base64'), {}],
    ['base64 of JSON', Buffer.from(json).toString('base64'), {}],
    [
      'an envelope by its type',
      envelope({ event_id: EVENT_ID }, [{ type: 'event' }, json]),
      { 'content-type': 'application/x-sentry-envelope' },
    ],
    ['bare NaN from python', `{"event_id":"${EVENT_ID}","extra":{"a":NaN,"b":"NaN"}}`, {}],
  ])('%s', async (_kind, payload, headers) => {
    const { app, log } = testIngest();
    const response = await app.inject({ ...post, headers: { ...AUTH, ...headers }, payload });
    expect([response.statusCode, response.json()]).toEqual([200, { id: EVENT_ID }]);
    expect(log.records[0]?.header).toMatchObject({ kind: 'event', id: EVENT_ID, item_type: 'event' });
    expect(Buffer.from(log.records[0]?.payload ?? []).toString()).toMatch(/^\{/);
  });

  test('an event without an id gets one', async () => {
    const { app, log } = testIngest();
    const response = await app.inject({ ...post, payload: '{"message":"boom"}' });
    const { id } = response.json<{ id: string }>();
    expect(parseEventId(id)).toBe(id);
    expect(log.records[0]?.header.id).toBe(id);
  });

  test('without the project in the path it is the key that names it', async () => {
    const { app, log } = testIngest();
    const response = await app.inject({
      method: 'POST',
      url: `/api/store/?sentry_key=${KEY}`,
      payload: json,
    });
    expect(response.statusCode).toBe(200);
    expect(log.records[0]?.header.project_id).toBe(42);
  });

  test.each([
    ['an empty body', '', 400, 'empty body'],
    ['broken JSON', '{"a":', 400, 'invalid JSON: expected an event object'],
    ['a list', '[]', 400, 'invalid JSON'],
    ['a malformed id', '{"event_id":"abc"}', 400, 'malformed event_id'],
    ['junk', 'hello there', 400, 'invalid JSON'],
    [
      'a base64 bomb',
      deflateSync(Buffer.alloc(5_000_000, ' ')).toString('base64'),
      413,
      "envelope exceeded size limits for type 'event'",
    ],
    [
      'too large',
      JSON.stringify({ a: 'x'.repeat(1024 * 1024) }),
      413,
      "envelope exceeded size limits for type 'event'",
    ],
  ])('%s is refused', async (_case, payload, status, detail) => {
    const { app, outcomes } = testIngest();
    const response = await app.inject({ ...post, payload });
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
    expect(await outcomes()).toHaveLength(1);
  });

  test.each([
    ['its own sender', `https://${KEY}@x.example/42`, 200],
    ['another key', `https://${OTHER_KEY}@x.example/42`, 400],
    ['another project', `https://${KEY}@x.example/43`, 400],
    ['nobody', 'nonsense', 400],
  ])('an envelope whose DSN names %s', async (_who, dsn, status) => {
    const { app, log } = testIngest();
    const response = await app.inject({
      ...post,
      headers: { ...AUTH, 'content-type': 'application/x-sentry-envelope' },
      payload: envelope({ event_id: EVENT_ID, dsn }, [{ type: 'event' }, json]),
    });
    expect([response.statusCode, log.records.length]).toEqual([status, status === 200 ? 1 : 0]);
  });

  test('a transaction is answered and counted, not stored', async () => {
    const { app, outcomes } = testIngest();
    const response = await app.inject({
      ...post,
      payload: `{"type":"transaction","event_id":"${EVENT_ID}"}`,
    });
    expect(response.json()).toEqual({ id: EVENT_ID });
    expect(await outcomes()).toEqual(['42/1 invalid feature_disabled transaction 1']);
  });

  test('auth is asked for before the body', async () => {
    const { app } = testIngest();
    const response = await app.inject({ method: 'POST', url: '/api/42/store/', payload: json });
    expect([response.statusCode, response.json()]).toEqual([
      401,
      { detail: 'missing authorization information' },
    ]);
  });
});

describe('GET /api/{project}/store/', () => {
  const url = (data: string) => `/api/42/store/?sentry_key=${KEY}&sentry_version=7&sentry_data=${data}`;

  test.each([
    ['JSON', encodeURIComponent(json)],
    ['base64 of JSON', encodeURIComponent(Buffer.from(json).toString('base64'))],
    ['base64 of zlib', encodeURIComponent(deflateSync(json).toString('base64'))],
    [
      'base64 that nobody escaped',
      Buffer.from(`{"message":"~~>>>","event_id":"${EVENT_ID}"}`).toString('base64'),
    ],
  ])('%s answers a transparent pixel', async (_kind, data) => {
    const { app, log } = testIngest();
    const response = await app.inject({ method: 'GET', url: url(data) });
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'image/gif']);
    const gif = response.rawPayload;
    expect(gif.subarray(0, 6).toString()).toBe('GIF89a');
    expect([gif.readUInt16LE(6), gif.readUInt16LE(8)]).toEqual([1, 1]);
    expect(log.records[0]?.header).toMatchObject({ kind: 'event', id: EVENT_ID });
    expect(JSON.parse(Buffer.from(log.records[0]?.payload ?? []).toString())).toMatchObject({
      event_id: EVENT_ID,
    });
  });

  test('also without the project', async () => {
    const { app, log } = testIngest();
    const response = await app.inject({
      method: 'GET',
      url: `/api/store/?sentry_key=${KEY}&sentry_data=${encodeURIComponent(json)}`,
    });
    expect(response.statusCode).toBe(200);
    expect(log.records[0]?.header.project_id).toBe(42);
  });

  test.each([
    ['nothing', '', 400, 'empty body'],
    ['junk', 'junk', 400, 'invalid JSON'],
  ])('%s is refused', async (_kind, data, status, detail) => {
    const { app } = testIngest();
    const response = await app.inject({ method: 'GET', url: url(data) });
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
  });
});

test.each([
  ['feedback', 'feedback'],
  ['csp', 'event'],
  ['default', 'event'],
])('an event that says it is %s is kept as %s', async (type, itemType) => {
  const { app, log } = testIngest();
  await app.inject({ ...post, payload: JSON.stringify({ type }) });
  expect(log.records[0]?.header).toMatchObject({ kind: 'event', item_type: itemType });
});
