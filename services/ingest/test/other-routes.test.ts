import { describe, expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, KEY, testIngest } from './harness.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UNSUPPORTED =
  '300:log_item;metric_bucket;profile;profile_chunk;replay;span;trace_metric;transaction:key:not_supported';

describe('check-ins without an SDK', () => {
  const NIL = '0'.repeat(32);

  test.each([
    ['GET', `/api/42/cron/nightly/${KEY}?status=ok`, { status: 'ok', check_in_id: NIL }],
    [
      'POST',
      `/api/42/cron/nightly/${KEY}/?status=error&duration=1.5`,
      { status: 'error', duration: 1.5, check_in_id: NIL },
    ],
    [
      'GET',
      `/api/42/cron/nightly?sentry_key=${KEY}&status=in_progress&environment=live&check_in_id=${EVENT_ID}`,
      { status: 'in_progress', environment: 'live', check_in_id: EVENT_ID },
    ],
  ] as const)('%s %s', async (method, url, told) => {
    const { app, log } = testIngest();
    const response = await app.inject({ method, url });
    expect([response.statusCode, response.body]).toEqual([202, '']);
    expect(log.records[0]?.header).toMatchObject({ kind: 'check_in', item_type: 'check_in', project_id: 42 });
    expect(JSON.parse(Buffer.from(log.records[0]?.payload ?? []).toString())).toEqual({
      ...told,
      monitor_slug: 'nightly',
    });
  });

  test('may be JSON', async () => {
    const { app, log } = testIngest();
    const payload = {
      status: 'ok',
      monitor_slug: 'other',
      monitor_config: { schedule: { type: 'crontab', value: '* * * * *' } },
    };
    const response = await app.inject({ method: 'POST', url: `/api/42/cron/nightly/${KEY}/`, payload });
    expect(response.statusCode).toBe(202);
    expect(JSON.parse(Buffer.from(log.records[0]?.payload ?? []).toString())).toEqual({
      ...payload,
      monitor_slug: 'nightly',
      check_in_id: NIL,
    });
  });

  test.each([
    ['without a status', '', 'application/json', '{}'],
    ['with an unknown status', '?status=fine', 'text/plain', ''],
    ['with no status', '', 'text/plain', ''],
    ['with broken JSON', '?status=ok', 'application/json', '{'],
    ['with a list', '?status=ok', 'application/json', '[]'],
    [
      'nested too deeply',
      '',
      'application/json',
      `{"status":"ok","x":${'['.repeat(45_000)}${']'.repeat(45_000)}}`,
    ],
  ])('%s are 400', async (_case, query, type, payload) => {
    const { app, outcomes } = testIngest();
    const url = `/api/42/cron/nightly/${KEY}/${query}`;
    const response = await app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } });
    expect(response.statusCode).toBe(400);
    expect(await outcomes()).toHaveLength(1);
  });
});

describe('what is taken and not kept', () => {
  test.each([
    ['integration/otlp/v1/traces', 'application/json', '{}', 'span'],
    ['integration/otlp/v1/logs/', 'application/json', '{}', 'log_item'],
    ['integration/otlp/v1/logs', 'application/x-protobuf', '', 'log_item'],
    ['otlp/v1/traces', 'application/x-protobuf', '', 'span'],
  ])('%s as %s', async (path, type, body, category) => {
    const { app, outcomes, log } = testIngest();
    const response = await app.inject({
      method: 'POST',
      url: `/api/42/${path}`,
      headers: { ...AUTH, 'content-type': type },
      payload: 'anything',
    });
    expect([response.statusCode, response.body, response.headers['content-type']]).toEqual([
      200,
      body,
      expect.stringContaining(type),
    ]);
    expect(response.headers['x-sentry-rate-limits']).toBe(UNSUPPORTED);
    expect(log.records).toEqual([]);
    expect(await outcomes()).toEqual([`42/1 invalid feature_disabled ${category} 1`]);
  });

  test.each([
    [`/api/42/unreal/${KEY}/?UserID=x`, {}],
    ['/api/42/playstation/', AUTH],
  ])('a crash at %s is answered with a UUID', async (url, headers) => {
    const { app, outcomes } = testIngest();
    const response = await app.inject({ method: 'POST', url, headers, payload: Buffer.alloc(1_000_000) });
    expect([response.statusCode, response.body]).toEqual([200, expect.stringMatching(UUID)]);
    expect(await outcomes()).toEqual(['42/1 invalid feature_disabled error 1']);
    expect((await app.inject({ method: 'POST', url, headers })).statusCode).toBe(400);
  });

  test('network errors, of their own types only', async () => {
    const { app, outcomes } = testIngest();
    const send = (type: string) =>
      app.inject({
        method: 'POST',
        url: `/api/42/nel/?sentry_key=${KEY}`,
        headers: { 'content-type': type },
        payload: '[]',
      });
    expect((await send('application/reports+json')).statusCode).toBe(200);
    expect((await send('text/plain')).statusCode).toBe(415);
    expect(await outcomes()).toEqual([
      '42/1 invalid content_type default 1',
      '42/1 invalid feature_disabled security 1',
    ]);
  });

  test('an upload in pieces is refused, because its sender would wait', async () => {
    const { app } = testIngest();
    const response = await app.inject({ method: 'POST', url: '/api/42/upload/', headers: AUTH });
    expect(response.statusCode).toBe(403);
  });

  test('a body that is too long is cut off', async () => {
    const { app } = testIngest();
    const url = `/api/42/unreal/${KEY}/`;
    const response = await app.inject({ method: 'POST', url, payload: Buffer.alloc(4 * 1024 * 1024 + 1) });
    expect(response.statusCode).toBe(413);
  });
});

describe('paths', () => {
  const payload = envelope({ event_id: EVENT_ID }, [{ type: 'event' }, '{}']);

  test.each([['/api/42/envelope/'], ['/api/42/envelope'], ['//api//42///envelope//'], ['/api/42//envelope']])(
    '%s is the same',
    async (url) => {
      const { app } = testIngest();
      const response = await app.inject({ method: 'POST', url, headers: AUTH, payload });
      expect([response.statusCode, response.headers.location]).toEqual([200, undefined]);
    },
  );

  test.each([
    ['PUT', '/api/42/envelope/', 'POST, OPTIONS'],
    ['DELETE', '/api/42/store/', 'POST, GET, OPTIONS'],
    ['GET', '/api/42/minidump', 'POST, OPTIONS'],
    ['GET', '/api/42/security/', 'POST, OPTIONS'],
    ['PUT', '/api/42/cron/nightly', 'GET, POST, OPTIONS'],
    ['PATCH', '/api/embed/error-page/', 'GET, POST, OPTIONS'],
    ['GET', `/api/42/events/${EVENT_ID}/attachments/`, 'POST, OPTIONS'],
  ] as const)('%s %s is 405', async (method, url, allow) => {
    const { app } = testIngest();
    const response = await app.inject({ method, url });
    expect([response.statusCode, response.headers.allow]).toEqual([405, allow]);
    expect(response.json()).toEqual({ detail: 'method not allowed' });
    expect(response.headers['x-sentry-error']).toBe('method not allowed');
    expect(response.headers['access-control-allow-origin']).toBe('*');
  });

  test.each([['/'], ['/api/'], ['/api/42/'], ['/api/42/nothing/'], ['/api/42/envelope/more/']])(
    '%s is 404',
    async (url) => {
      const { app } = testIngest();
      const response = await app.inject({ method: 'POST', url, headers: AUTH, payload });
      expect([response.statusCode, response.json()]).toEqual([404, { detail: 'not found' }]);
    },
  );

  test.each([
    ['/api/42/security/'],
    ['/api/42/csp-report'],
    ['/api/42/minidump'],
    ['/api/42/nel/'],
    [`/api/42/events/${EVENT_ID}/attachments/`],
    ['/api/42/integration/otlp/v1/traces'],
    [`/api/42/unreal/${KEY}/`],
  ])('the preflight of %s answers before any check', async (url) => {
    const { app } = testIngest();
    const response = await app.inject({ method: 'OPTIONS', url });
    expect([response.statusCode, response.headers['access-control-allow-methods']]).toEqual([200, 'POST']);
  });

  test.each([
    ['/api/relay/healthcheck/live/'],
    ['/api/relay/healthcheck/ready'],
    ['/api/0/relays/live/'],
    ['/health/live'],
    ['/health/ready'],
  ])('%s tells health', async (url) => {
    const { app } = testIngest();
    const response = await app.inject({ url });
    expect([response.statusCode, response.json()]).toEqual([200, { is_healthy: true }]);
  });

  test.each([['/api/abc/security/'], ['/api/-1/minidump'], ['/api/x/store/']])(
    '%s has no project id',
    async (url) => {
      const { app } = testIngest();
      const response = await app.inject({ method: 'POST', url, headers: AUTH, payload });
      expect([response.statusCode, response.json()]).toEqual([400, { detail: 'bad project id' }]);
    },
  );
});
