import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formBody } from './form-body.ts';
import { AUTH, EVENT_ID, envelope, KEY, OTHER_KEY, testIngest } from './harness.ts';

const event = JSON.stringify({ event_id: EVENT_ID, message: 'boom' });
const form = formBody([
  {
    name: 'upload_file_minidump',
    filename: 'd',
    value: Buffer.concat([Buffer.from('MDMP'), Buffer.alloc(40)]),
  },
  { name: 'sentry[tags][a]', value: 'b' },
  { name: '__sentry-event', filename: 'e', value: Buffer.from([0x81, 0xa1, 0x61, 0x01]) },
]);
const SEEDS: readonly Buffer[] = [
  envelope(
    { event_id: EVENT_ID, dsn: `https://${KEY}@x/42`, sent_at: '2026-11-21T10:00:00Z' },
    [{ type: 'event' }, event],
    [{ type: 'attachment', attachment_type: 'event.minidump', filename: 'd' }, 'MDMP'],
    [{ type: 'session' }, '{}'],
    [{ type: 'client_report' }, '{"discarded_events":[{"reason":"a","category":"error","quantity":1}]}'],
  ),
  Buffer.from(event),
  Buffer.from(deflateSync(event).toString('base64')),
  gzipSync(event),
  Buffer.from('{"csp-report":{"document-uri":"https://a.example/"}}'),
  Buffer.from('[{"type":"csp-violation","body":{}},null,1]'),
  form.payload,
  Buffer.from('name=a&email=a%40b.example&comments=c'),
  Buffer.alloc(0),
];
const PATHS: readonly string[] = [
  '/api/42/envelope/',
  '/api/42/store/',
  '/api/store/',
  '/api/42/security/',
  '/api/42/nel/',
  '/api/42/minidump/',
  `/api/42/events/${EVENT_ID}/attachments/`,
  '/api/42/cron/nightly/',
  `/api/42/unreal/${KEY}/`,
  '/api/42/otlp/v1/traces',
  '/api/42/upload/',
  `/api/embed/error-page/?eventId=${EVENT_ID}&dsn=https%3A%2F%2F${KEY}%40x%2F42`,
  '/api/43/envelope/',
  '/api/%00/store/',
];
const headers = fc.record(
  {
    'content-type': fc.constantFrom(
      'application/x-sentry-envelope',
      'application/json',
      'application/csp-report',
      'application/reports+json',
      'application/x-www-form-urlencoded',
      form.headers['content-type'],
      'multipart/form-data; boundary="',
      ';;;',
    ),
    'content-encoding': fc.constantFrom('gzip', 'br', 'deflate', 'zstd', 'identity', '', 'lzma'),
    'x-sentry-auth': fc.constantFrom(
      AUTH['x-sentry-auth'],
      `Sentry sentry_key=${OTHER_KEY}`,
      'Sentry ,,=',
      '',
    ),
    origin: fc.constantFrom('https://a.example', 'null', '::'),
    accept: fc.constantFrom('text/javascript', '*/*'),
    'x-forwarded-for': fc.constantFrom('1.2.3.4, unknown', ',,', '[::1]:80'),
  },
  { requiredKeys: [] },
);
const body = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
    fc.option(fc.nat()),
  )
  .map(([seed, changes, cut]) => {
    const bytes = Buffer.from(seed);
    for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return cut === null || bytes.length === 0 ? bytes : bytes.subarray(0, cut % bytes.length);
  });

test('whatever is sent is taken or refused: no failure of ours, no memory kept, and every refusal says why', async () => {
  const ingest = testIngest({ proxies: '127.0.0.1' });
  const { admission } = ingest.context;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('POST', 'POST', 'POST', 'GET', 'OPTIONS', 'PUT' as const),
      fc.constantFrom(...PATHS),
      fc.constantFrom(
        '',
        `sentry_key=${KEY}`,
        `sentry_key=${KEY}&sentry_data=%7B%7D`,
        'sentry_key=%',
        'status=ok',
      ),
      headers,
      body,
      async (method, path, query, given, payload) => {
        const url = query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
        const response = await ingest.app.inject({
          method: method as 'POST',
          url,
          headers: { ...given },
          ...(method === 'GET' ? {} : { payload }),
        });
        expect(response.statusCode).toBeLessThan(500);
        expect(response.headers['access-control-allow-origin']).toBeDefined();
        if (response.statusCode >= 400)
          expect(response.headers['x-sentry-error']).toEqual(expect.stringMatching(/./));
        expect([admission.requests, admission.bytes]).toEqual([0, 0]);
      },
    ),
    { numRuns: 1_500 },
  );
}, 60_000);
