import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { formBody } from './form-body.ts';
import {
  EVENT_ID,
  fixedKeys,
  KEY,
  PICKY_KEY,
  REVOKED_KEY,
  snapshotWith,
  testIngest,
  UNKNOWN_KEY,
} from './harness.ts';

const PAGE = '/api/embed/error-page/';
const DSN = `https://${KEY}@errors.example/42`;
const good = { eventId: EVENT_ID, dsn: DSN };
const url = (params: Record<string, string>): string => `${PAGE}?${new URLSearchParams(params)}`;
const filled = { name: 'Jane Doe', email: 'jane@example.com', comments: 'I pressed the button.' };

function submit(ingest: ReturnType<typeof testIngest>, form: Record<string, string>, headers = {}) {
  return ingest.app.inject({
    method: 'POST',
    url: url(good),
    payload: new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
}

/** What the script is told, without a page to draw in. */
function optionsOf(script: string): { texts: Record<string, string>; [name: string]: unknown } {
  const seen: unknown[] = [];
  const call = script.replace(/function showReportDialog\(/, 'function original(');
  runInNewContext(call, { showReportDialog: (options: unknown) => seen.push(JSON.stringify(options)) });
  return JSON.parse(String(seen[0])) as { texts: Record<string, string> };
}

describe('GET /api/embed/error-page/', () => {
  test('answers a script that draws the form', async () => {
    const { app } = testIngest();
    const response = await app.inject({ url: url(good), headers: { origin: 'https://shop.example' } });
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
    ]);
    expect(response.headers['access-control-allow-origin']).toBe('https://shop.example');
    const options = optionsOf(response.body);
    expect(options).toMatchObject({ lang: 'en', name: '', email: '' });
    expect(options.texts.labelSubmit).toBe('Submit Crash Report');
    expect(options.endpoint).toBe(
      `https://errors.example/api/embed/error-page/?${new URLSearchParams({ dsn: DSN, eventId: EVENT_ID })}`,
    );
  });

  test('every text and both fields may be given', async () => {
    const { app } = testIngest();
    const texts = {
      title: 'T',
      subtitle: 'S',
      subtitle2: 'S2',
      labelName: 'N',
      labelEmail: 'E',
      labelComments: 'C',
      labelClose: 'X',
      labelSubmit: 'OK',
      errorGeneric: 'EG',
      errorFormEntry: 'EF',
      successMessage: 'SM',
    };
    const params = { ...good, ...texts, lang: 'nb-NO', name: 'Jane', email: 'j@x.example' };
    const { body } = await app.inject({ url: url(params) });
    expect(optionsOf(body)).toMatchObject({ texts, lang: 'nb-NO', name: 'Jane', email: 'j@x.example' });
  });

  test.each([
    ['de', 'de', 'Was ist passiert?'],
    ['fr_FR', 'fr-FR', 'Que s’est-il passé ?'],
    ['xx', 'en', 'What happened?'],
    ['"><script>', 'en', 'What happened?'],
  ])('in the language %s it is in %s', async (lang, expected, comments) => {
    const { app } = testIngest();
    const options = optionsOf((await app.inject({ url: url({ ...good, lang }) })).body);
    expect([options.lang, options.texts.labelComments]).toEqual([expected, comments]);
  });

  test.each([
    ['</script><script>alert(1)</script>'],
    ['"};alert(1);({"a":"'],
    ['\u2028alert(1)\u2029'],
    ['<!--'],
    ["'; alert(1); //"],
    ['`+alert(1)+`'],
    ['\\'],
  ])('the text %j stays a text', async (evil) => {
    const { app } = testIngest();
    const params = { ...good, title: evil, name: evil, email: evil };
    const { body } = await app.inject({ url: url(params) });
    const call = body.slice(body.lastIndexOf('showReportDialog('));
    expect(call).not.toMatch(/[<>\u2028\u2029]/);
    expect(optionsOf(body)).toMatchObject({ texts: { title: evil }, name: evil, email: evil });
  });
});

describe('POST /api/embed/error-page/', () => {
  test('a filled form becomes a user report of the event', async () => {
    const ingest = testIngest();
    const response = await submit(ingest, { ...filled, name: '  Jane Doe ' });
    expect([response.statusCode, response.body]).toEqual([200, '{}']);
    expect(ingest.log.records[0]?.header).toMatchObject({
      kind: 'user_report',
      item_type: 'user_report',
      project_id: 42,
      event_id: EVENT_ID,
    });
    expect(JSON.parse(Buffer.from(ingest.log.records[0]?.payload ?? []).toString())).toEqual({
      event_id: EVENT_ID,
      ...filled,
    });
  });

  test('as form data, too', async () => {
    const ingest = testIngest();
    const parts = Object.entries(filled).map(([name, value]) => ({ name, value }));
    const response = await ingest.app.inject({ method: 'POST', url: url(good), ...formBody(parts) });
    expect(response.statusCode).toBe(200);
    expect(ingest.log.records).toHaveLength(1);
  });

  test.each([
    [
      {},
      {
        name: ['This field is required.'],
        email: ['This field is required.'],
        comments: ['This field is required.'],
      },
    ],
    [{ ...filled, email: 'jane' }, { email: ['Enter a valid email address.'] }],
    [{ ...filled, email: 'jane@localhost' }, { email: ['Enter a valid email address.'] }],
    [{ ...filled, comments: '  ' }, { comments: ['This field is required.'] }],
    [{ ...filled, name: 'x'.repeat(129) }, { name: ['Ensure this value has at most 128 characters.'] }],
    [
      { ...filled, comments: 'x'.repeat(4097) },
      { comments: ['Ensure this value has at most 4096 characters.'] },
    ],
  ])('%j is not valid', async (form, errors) => {
    const ingest = testIngest();
    const response = await submit(ingest, form as Record<string, string>);
    expect([response.statusCode, response.json()]).toEqual([400, { errors }]);
    expect(ingest.log.records).toEqual([]);
    const script = await submit(ingest, form as Record<string, string>, { accept: 'text/javascript' });
    expect([script.statusCode, script.body, script.headers['content-type']]).toEqual([
      400,
      '',
      'text/javascript',
    ]);
    expect(JSON.parse(String(script.headers['x-sentry-context']))).toEqual({ errors });
  });

  test('a report beyond a quota is answered by 429 with both headers', async () => {
    const quota = { id: 'q', categories: ['feedback'], scope: 'project', limit: 0, window: 60 };
    const ingest = testIngest({ keys: fixedKeys(snapshotWith({ quotas: [quota] })) });
    const { statusCode, headers } = await submit(ingest, filled);
    expect([statusCode, headers['x-sentry-rate-limits'], headers['retry-after']]).toEqual([
      429,
      '60:feedback:project:project_quota',
      '60',
    ]);
  });

  test('what cannot be stored is not acknowledged', async () => {
    const ingest = testIngest();
    ingest.log.failure = new Error('away');
    expect((await submit(ingest, filled)).statusCode).toBe(503);
  });
});

describe('/api/embed/error-page/', () => {
  const INVALID = 'Missing or invalid parameter.';

  test.each([
    [{ dsn: DSN }, 400, { eventId: INVALID }],
    [{ dsn: DSN, eventId: 'abc' }, 400, { eventId: INVALID }],
    [{ eventId: EVENT_ID }, 404, { dsn: INVALID }],
    [{ eventId: EVENT_ID, dsn: 'nonsense' }, 404, { dsn: INVALID }],
    [{ eventId: EVENT_ID, dsn: `https://${UNKNOWN_KEY}@x/42` }, 404, { dsn: INVALID }],
    [{ eventId: EVENT_ID, dsn: `https://${REVOKED_KEY}@x/42` }, 404, { dsn: INVALID }],
    [{ eventId: EVENT_ID, dsn: `https://${KEY}@x/43` }, 404, { dsn: INVALID }],
  ])('%j is refused', async (params, status, facts) => {
    const { app } = testIngest();
    for (const method of ['GET', 'POST'] as const) {
      const response = await app.inject({ method, url: url(params as Record<string, string>) });
      expect([response.statusCode, response.json()]).toEqual([status, facts]);
      expect(response.headers.vary).toBe('Accept');
    }
    const script = await app.inject({
      url: url(params as Record<string, string>),
      headers: { accept: 'text/javascript' },
    });
    expect([script.statusCode, script.body]).toEqual([status, '']);
    expect(JSON.parse(String(script.headers['x-sentry-context']))).toEqual(facts);
  });

  test('is for allowed origins only', async () => {
    const { app } = testIngest();
    const picky = { eventId: EVENT_ID, dsn: `https://${PICKY_KEY}@errors.example/44` };
    const status = async (headers: object) =>
      (await app.inject({ url: url(picky), headers: { ...headers } })).statusCode;
    expect(await status({ origin: 'https://www.shop.example' })).toBe(200);
    expect(await status({ referer: 'https://www.shop.example/cart' })).toBe(200);
    expect(await status({ origin: 'https://other.example' })).toBe(403);
  });

  test('its preflight allows the origin, GET and POST', async () => {
    const { app } = testIngest();
    const response = await app.inject({
      method: 'OPTIONS',
      url: url(good),
      headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
    });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers': 'Content-Type, Authorization, X-Requested-With',
      'access-control-max-age': '1000',
      vary: 'Accept',
    });
  });
});
