import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { EventLogError } from '@culprit/event-log';
import { describe, expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, KEY, SMALL_LIMITS, testIngest } from './harness.ts';

const MIB = 1024 * 1024;
const event = JSON.stringify({ event_id: EVENT_ID, message: 'boom' });
const payload = envelope({ event_id: EVENT_ID }, [{ type: 'event' }, event]);
const post = { method: 'POST', url: '/api/42/envelope/' } as const;

describe('encodings', () => {
  test.each([
    ['gzip', gzipSync(payload)],
    ['x-gzip', gzipSync(payload)],
    ['GZIP', gzipSync(payload)],
    ['deflate', deflateSync(payload)],
    ['deflate', deflateRawSync(payload)],
    ['br', brotliCompressSync(payload)],
    ['zstd', zstdCompressSync(payload)],
    ['identity', payload],
    ['', payload],
  ])('%j', async (encoding, body) => {
    const { app, log } = testIngest();
    const response = await app.inject({
      ...post,
      headers: { ...AUTH, 'content-encoding': encoding },
      payload: body,
    });
    expect(response.statusCode).toBe(200);
    expect(Buffer.from(log.records[0]?.payload ?? []).toString()).toBe(event);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('a long %s body is decompressed as it comes', async (encoding, compress) => {
    const { app, log, files } = testIngest();
    const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => ((i * 2654435761) >>> 7) & 0xff));
    const body = envelope({ event_id: EVENT_ID }, [{ type: 'attachment', filename: 'n' }, noise]);
    const response = await app.inject({
      ...post,
      headers: { ...AUTH, 'content-encoding': encoding },
      payload: compress(body),
    });
    expect(response.statusCode).toBe(200);
    expect(log.records[0]?.header.kind).toBe('attachment');
    expect(Buffer.compare(files.files.get('file-0') ?? Buffer.alloc(0), noise)).toBe(0);
  });

  test.each([
    ['an unknown encoding', 'lzma', payload, 415, undefined],
    [
      'a broken body',
      'gzip',
      gzipSync(payload).subarray(0, 40),
      400,
      '42/1 invalid invalid_compression default 1',
    ],
    ['something else than it says', 'br', payload, 400, '42/1 invalid invalid_compression default 1'],
    [
      'a broken long body',
      'gzip',
      gzipSync(Buffer.alloc(200_000, payload), { level: 0 }).subarray(0, 150_000),
      400,
      '42/1 invalid invalid_compression default 1',
    ],
    ['a bomb', 'gzip', gzipSync(Buffer.alloc(100 * MIB)), 413, '42/1 invalid too_large default 1'],
    [
      'a brotli bomb',
      'br',
      brotliCompressSync(Buffer.alloc(100 * MIB), { params: { 1: 1 } }),
      413,
      '42/1 invalid too_large default 1',
    ],
    [
      'a zstd bomb',
      'zstd',
      zstdCompressSync(Buffer.alloc(100 * MIB)),
      413,
      '42/1 invalid too_large default 1',
    ],
  ])('%s is refused', async (_case, encoding, body, status, outcome) => {
    const { app, outcomes, context } = testIngest();
    const response = await app.inject({
      ...post,
      headers: { ...AUTH, 'content-encoding': encoding },
      payload: body,
    });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toHaveProperty('detail');
    expect(await outcomes()).toEqual([outcome ?? '42/1 invalid content_encoding default 1']);
    expect([context.admission.bytes, context.admission.requests]).toEqual([0, 0]);
  });
});

describe('limits', () => {
  const sized = (bytes: number): string => JSON.stringify({ message: 'x'.repeat(bytes - 14) });

  test('an event of exactly the limit is stored in a file, one byte more is 413', async () => {
    const { app, log, files, outcomes } = testIngest();
    const whole = sized(SMALL_LIMITS.eventBytes);
    expect(whole.length).toBe(SMALL_LIMITS.eventBytes);
    const good = await app.inject({
      ...post,
      headers: AUTH,
      payload: envelope({ event_id: EVENT_ID }, [{ type: 'event' }, whole]),
    });
    expect(good.statusCode).toBe(200);
    expect(log.records[0]?.header).toMatchObject({ kind: 'event', payload_file: 'file-0' });
    expect(log.records[0]?.payload).toHaveLength(0);
    expect(Buffer.from(files.files.get('file-0') ?? []).toString()).toBe(whole);
    const bad = await app.inject({
      ...post,
      headers: AUTH,
      payload: envelope(
        {},
        [{ type: 'event' }, sized(SMALL_LIMITS.eventBytes + 1)],
        [{ type: 'session' }, '{}'],
      ),
    });
    expect([bad.statusCode, bad.json()]).toEqual([
      413,
      { detail: "envelope exceeded size limits for type 'event'" },
    ]);
    expect(await outcomes()).toEqual([
      '42/1 invalid too_large:event error 1',
      '42/1 invalid too_large:event session 1',
    ]);
  });

  test('an event just over 512 KiB goes to a file, one just under stays in the record', async () => {
    const { app, log } = testIngest();
    for (const bytes of [480 * 1024, 513 * 1024]) {
      await app.inject({ ...post, headers: AUTH, payload: envelope({}, [{ type: 'event' }, sized(bytes)]) });
    }
    expect(log.records.map((record) => record.payload.length)).toEqual([480 * 1024, 0]);
  });

  test('attachments: one of the limit is kept with its event, a larger one is 413', async () => {
    const { app, log, files } = testIngest();
    const bytes = Buffer.alloc(SMALL_LIMITS.attachmentBytes, '\n');
    const item = {
      type: 'attachment',
      filename: 'log.txt',
      content_type: 'text/plain',
      attachment_type: 'event.attachment',
    };
    const good = await app.inject({
      ...post,
      headers: AUTH,
      payload: envelope({ event_id: EVENT_ID }, [item, bytes], [{ type: 'event' }, event]),
    });
    expect(good.statusCode).toBe(200);
    expect(log.appends).toHaveLength(1);
    expect(log.records[0]?.header).toMatchObject({
      kind: 'event',
      id: EVENT_ID,
      attachments: [
        {
          file: 'file-0',
          name: 'log.txt',
          content_type: 'text/plain',
          attachment_type: 'event.attachment',
          size: bytes.length,
        },
      ],
    });
    expect(files.files.get('file-0')).toHaveLength(bytes.length);
    const bad = await app.inject({
      ...post,
      headers: AUTH,
      payload: envelope({ event_id: EVENT_ID }, [item, Buffer.alloc(bytes.length + 1, '\n')]),
    });
    expect([bad.statusCode, bad.json()]).toEqual([
      413,
      { detail: "envelope exceeded size limits for type 'attachment'" },
    ]);
  });

  test('a body over the envelope limit is 413, announced or not', async () => {
    const { app } = testIngest();
    const response = await app.inject({
      ...post,
      headers: AUTH,
      payload: Buffer.alloc(SMALL_LIMITS.envelopeBytes + 1, '{'),
    });
    expect(response.statusCode).toBe(413);
  });

  test('more requests or bytes than a worker may hold are 503 without Retry-After', async () => {
    for (const limits of [{ inflightRequests: 0 }, { inflightBytes: 16 }]) {
      const { app } = testIngest({ limits });
      const response = await app.inject({ ...post, headers: AUTH, payload });
      expect(response.statusCode).toBe(503);
      expect(response.headers['retry-after']).toBeUndefined();
    }
  });
});

describe('what cannot be made durable is not acknowledged', () => {
  test.each([
    [new EventLogError('full', 'full'), 503],
    [new EventLogError('unavailable', 'gone'), 503],
    [new EventLogError('closed', 'closed'), 503],
    [new EventLogError('too_large', 'too large'), 413],
    [new Error('surprise'), 503],
  ])('%s', async (failure, status) => {
    const { app, log } = testIngest();
    log.failure = failure;
    const response = await app.inject({ ...post, headers: AUTH, payload });
    expect(response.statusCode).toBe(status);
    expect(response.headers['retry-after']).toBeUndefined();
    expect(response.headers['access-control-allow-origin']).toBe('*');
  });

  test('what the log finds too large has an outcome for each item, also for those that would have been dropped', async () => {
    const { app, log, outcomes } = testIngest();
    log.failure = new EventLogError('too_large', 'too large');
    const items = envelope(
      { event_id: EVENT_ID },
      [{ type: 'event' }, event],
      [{ type: 'attachment' }, 'four'],
      [{ type: 'session' }, '{}'],
      [{ type: 'transaction' }, '{}'],
    );
    const response = await app.inject({ ...post, headers: AUTH, payload: items });
    expect(response.statusCode).toBe(413);
    log.failure = undefined;
    expect(await outcomes()).toEqual([
      '42/1 invalid feature_disabled transaction 1',
      '42/1 invalid too_large:event attachment 4',
      '42/1 invalid too_large:event attachment_item 1',
      '42/1 invalid too_large:event error 1',
      '42/1 invalid too_large:event session 1',
    ]);
  });

  test('a disk that is nearly full: 503, before anything is written', async () => {
    const { app, context, log } = testIngest();
    context.admission.setDiskFull(true);
    const response = await app.inject({ ...post, headers: AUTH, payload });
    expect([response.statusCode, log.appends.length]).toEqual([503, 0]);
  });
});

describe('every answer can be read by a browser', () => {
  const EXPOSED = 'x-sentry-error, x-sentry-rate-limits, retry-after';

  test.each([
    ['POST', '/api/42/envelope/', 400],
    ['POST', `/api/42/envelope/?sentry_key=${KEY}`, 400],
    ['POST', '/api/x/envelope/', 400],
    ['GET', '/api/42/envelope/', 405],
    ['GET', '/nothing/here', 404],
    ['POST', '/api/0/projects/', 404],
    ['POST', '/api/%zz/envelope/', 400],
    ['GET', '/health/live', 200],
    ['GET', '/api/relay/healthcheck/ready/', 200],
    ['OPTIONS', '/api/42/envelope/', 200],
  ] as const)('%s %s', async (method, url, status) => {
    const { app } = testIngest();
    const response = await app.inject({
      method,
      url,
      ...(method === 'POST' ? { payload: Buffer.from('x') } : {}),
    });
    expect(response.statusCode === 401 ? 400 : response.statusCode).toBe(status);
    expect(response.headers['access-control-allow-origin']).toBe('*');
    expect(response.headers['access-control-expose-headers']).toBe(EXPOSED);
    expect(response.headers['cross-origin-resource-policy']).toBe('cross-origin');
    expect(response.headers['content-encoding']).toBeUndefined();
    if (status >= 400) expect(response.json()).toEqual({ detail: response.headers['x-sentry-error'] });
  });

  test.each([['/api/42/envelope/'], ['/api/42/envelope'], ['/api/42/store/'], ['/api/store/']])(
    'the preflight of %s answers before any check',
    async (url) => {
      const { app } = testIngest();
      const response = await app.inject({
        method: 'OPTIONS',
        url,
        headers: { origin: 'https://x.example', 'access-control-request-method': 'POST' },
      });
      expect(response.statusCode).toBe(200);
      expect(response.headers['access-control-allow-methods']).toBe('POST');
      expect(response.headers['access-control-max-age']).toBe('3600');
      expect(response.headers['access-control-allow-headers']).toContain('x-sentry-auth');
      expect(response.headers['access-control-allow-headers']).toContain('content-encoding');
    },
  );
});

test.each([
  ['', 'empty body'],
  ['{', 'invalid envelope header'],
  ['{}\n{}\n', 'item header has no type'],
  ['{}\n{"type":"event","length":9}\n{}', 'item length is past the end of the envelope'],
  ['{"event_id":"x"}\n', 'bad event id in envelope header'],
])('the body %j is 400: %s', async (body, detail) => {
  const { app, outcomes } = testIngest();
  const response = await app.inject({ ...post, headers: AUTH, payload: body });
  expect([response.statusCode, response.json()]).toEqual([400, { detail }]);
  expect(await outcomes()).toHaveLength(1);
});

test.each([
  ['text/plain;charset=UTF-8'],
  ['application/x-www-form-urlencoded'],
  ['multipart/form-data'],
  ['no such type'],
  ['application/json'],
])('the content type %s is not looked at', async (type) => {
  const { app } = testIngest();
  const response = await app.inject({ ...post, headers: { ...AUTH, 'content-type': type }, payload });
  expect(response.statusCode).toBe(200);
});
