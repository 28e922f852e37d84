import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { type FormPart, formBody } from './form-body.ts';
import { EVENT_ID, envelope, fixedKeys, KEY, SMALL_LIMITS, snapshotWith, testIngest } from './harness.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const url = `/api/42/minidump/?sentry_key=${KEY}`;

/** The header of a minidump that was written at a time. */
function minidump(seconds = 1_700_000_000): Buffer {
  const dump = Buffer.alloc(64);
  dump.write('MDMP');
  dump.writeUInt32LE(seconds, 20);
  return dump;
}

const dumpPart = (value: Uint8Array = minidump(), filename = 'crash.dmp'): FormPart => ({
  name: 'upload_file_minidump',
  filename,
  value,
});

function post(ingest: ReturnType<typeof testIngest>, parts: readonly FormPart[], path = url) {
  return ingest.app.inject({ method: 'POST', url: path, ...formBody(parts) });
}

function storedEvent({ log }: ReturnType<typeof testIngest>): Record<string, unknown> {
  return JSON.parse(Buffer.from(log.records[0]?.payload ?? []).toString()) as Record<string, unknown>;
}

describe('a minidump', () => {
  test('in a form is an attachment of an event that is made for it, and its id is answered as a UUID', async () => {
    const ingest = testIngest();
    const response = await post(ingest, [dumpPart()]);
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/plain']);
    expect(response.body).toMatch(UUID);
    expect(ingest.log.records).toHaveLength(1);
    expect(ingest.log.records[0]?.header).toMatchObject({
      kind: 'event',
      id: response.body.replaceAll('-', ''),
      item_type: 'minidump',
      attachments: [{ attachment_type: 'event.minidump', name: 'crash.dmp', size: 64 }],
    });
    expect(storedEvent(ingest)).toMatchObject({
      platform: 'native',
      level: 'fatal',
      timestamp: 1_700_000_000,
      exception: { values: [{ type: 'Minidump', mechanism: { type: 'minidump', handled: false } }] },
    });
    expect(ingest.context.admission.bytes).toBe(0);
  });

  test.each([
    ['application/octet-stream', minidump(), {}],
    ['application/x-dmp', minidump(), {}],
    ['application/octet-stream', gzipSync(minidump()), {}],
    ['application/octet-stream', gzipSync(minidump()), { 'content-encoding': 'gzip' }],
    ['application/octet-stream', zstdCompressSync(minidump()), {}],
  ])('of type %s may be the body itself', async (type, payload, headers) => {
    const ingest = testIngest();
    const response = await ingest.app.inject({
      method: 'POST',
      url,
      payload,
      headers: { 'content-type': type, ...headers },
    });
    expect([response.statusCode, response.body]).toEqual([200, expect.stringMatching(UUID)]);
    expect(ingest.log.records[0]?.header).toMatchObject({
      attachments: [{ attachment_type: 'event.minidump', name: 'Minidump', size: 64 }],
    });
    expect(Buffer.compare(ingest.files.files.get('file-0') ?? Buffer.alloc(0), minidump())).toBe(0);
  });

  test('that is compressed in its form is kept in the clear', async () => {
    const ingest = testIngest();
    await post(ingest, [dumpPart(gzipSync(minidump()), 'crash.dmp.gz')]);
    expect(ingest.log.records[0]?.header).toMatchObject({ attachments: [{ name: 'crash.dmp', size: 64 }] });
  });

  test('of old Electron lies in a form within the form', async () => {
    const ingest = testIngest();
    const inner = formBody([dumpPart()], '------inner').payload;
    await post(ingest, [dumpPart(inner)]);
    expect(ingest.log.records[0]?.header).toMatchObject({ attachments: [{ size: 64 }] });
    expect(Buffer.compare(ingest.files.files.get('file-0') ?? Buffer.alloc(0), minidump())).toBe(0);
  });

  test('fields say what the event is; unknown ones are extra', async () => {
    const ingest = testIngest();
    const response = await post(ingest, [
      {
        name: 'sentry',
        value: JSON.stringify({ release: 'game@1', tags: { a: '1', b: '1' }, event_id: EVENT_ID }),
      },
      { name: 'sentry[tags][b]', value: '2' },
      { name: 'sentry[user][id]', value: '7' },
      { name: 'prod', value: 'Electron' },
      dumpPart(),
    ]);
    expect(response.body.replaceAll('-', '')).toBe(EVENT_ID);
    expect(storedEvent(ingest)).toMatchObject({
      release: 'game@1',
      tags: { a: '1', b: '2' },
      user: { id: '7' },
      extra: { prod: 'Electron' },
      platform: 'native',
    });
  });

  test('a field that is too long for a crash reporter comes in pieces', async () => {
    const ingest = testIngest();
    await post(ingest, [
      { name: 'sentry__2', value: 'ame@2"}' },
      { name: 'sentry__1', value: '{"release":"g' },
      dumpPart(),
    ]);
    expect(storedEvent(ingest)).toMatchObject({ release: 'game@2' });
  });

  test('the files of a native SDK go into the event, all others are attachments', async () => {
    const ingest = testIngest();
    const crumbs = (...messages: string[]): Uint8Array =>
      Buffer.concat(messages.map((message, index) => encode({ message, timestamp: 100 + index })));
    const event = { event_id: EVENT_ID, level: 'error', exception: { values: [{ type: 'SIGSEGV' }] } };
    await post(ingest, [
      dumpPart(),
      { name: '__sentry-event', filename: '__sentry-event', value: encode(event) },
      { name: '__sentry-breadcrumb1', filename: '__sentry-breadcrumb1', value: crumbs('a', 'b', 'c') },
      { name: '__sentry-breadcrumb2', filename: '__sentry-breadcrumb2', value: crumbs('x') },
      { name: 'some_log', filename: 'log.txt', value: 'text', type: 'text/plain' },
      { name: 'view-hierarchy.json', filename: 'view-hierarchy.json', value: '{}' },
    ]);
    expect(ingest.log.records[0]?.header).toMatchObject({ id: EVENT_ID });
    expect(storedEvent(ingest)).toMatchObject({
      level: 'error',
      exception: { values: [{ type: 'SIGSEGV' }] },
      breadcrumbs: { values: [{ message: 'a' }, { message: 'b' }, { message: 'c' }] },
    });
    expect(ingest.log.records[0]?.header).toHaveProperty('attachments', [
      expect.objectContaining({ name: 'crash.dmp', attachment_type: 'event.minidump' }),
      expect.objectContaining({
        name: 'log.txt',
        attachment_type: 'event.attachment',
        content_type: 'text/plain',
      }),
      expect.objectContaining({ name: 'view-hierarchy.json', attachment_type: 'event.view_hierarchy' }),
    ]);
  });

  test('a description that is JSON is read, one that is nothing is left out', async () => {
    for (const [value, expected] of [
      ['{"release":"r1"}', { release: 'r1' }],
      ['{"__proto__":{"release":"evil"}}', { platform: 'native' }],
      ['junk', { level: 'fatal' }],
    ] as const) {
      const ingest = testIngest();
      await post(ingest, [dumpPart(), { name: '__sentry-event', filename: 'e', value }]);
      expect(storedEvent(ingest)).toMatchObject(expected);
      expect(Object.getPrototypeOf({})).not.toHaveProperty('release');
    }
  });

  test('is not kept where the project wants none, but its event is', async () => {
    const ingest = testIngest({ keys: fixedKeys(snapshotWith({ storeCrashReports: 0 })) });
    expect((await post(ingest, [dumpPart()])).statusCode).toBe(200);
    expect(ingest.log.records[0]?.header).toMatchObject({ item_type: 'minidump' });
    expect(ingest.log.records[0]?.header).not.toHaveProperty('attachments');
    expect(await ingest.outcomes()).toEqual([
      '42/1 filtered crash-report-limit attachment 64',
      '42/1 filtered crash-report-limit attachment_item 1',
    ]);
  });

  test.each<[string, readonly FormPart[], number, string]>([
    ['without a dump', [{ name: 'a', value: 'b' }], 400, 'missing minidump'],
    ['with something else', [dumpPart(Buffer.from('hello'))], 400, 'invalid minidump'],
    ['with something else that is compressed', [dumpPart(gzipSync('hello'))], 400, 'invalid minidump'],
    [
      'with a dump that is torn',
      [dumpPart(gzipSync(minidump()).subarray(0, 20))],
      400,
      'dump cannot be decompressed',
    ],
    [
      'with a bomb',
      [dumpPart(gzipSync(Buffer.alloc(SMALL_LIMITS.attachmentBytes + 1)))],
      413,
      "envelope exceeded size limits for type 'attachment'",
    ],
    [
      'with a file that is too large',
      [dumpPart(), { name: 'f', filename: 'f', value: Buffer.alloc(SMALL_LIMITS.attachmentBytes + 1) }],
      413,
      "envelope exceeded size limits for type 'attachment'",
    ],
    [
      'with too many files',
      [dumpPart(), ...Array.from({ length: 30 }, (_, i) => ({ name: `f${i}`, filename: 'f', value: 'x' }))],
      413,
      "envelope exceeded size limits for type 'attachment'",
    ],
  ])('%s is refused', async (_case, parts, status, detail) => {
    const ingest = testIngest();
    const response = await post(ingest, parts);
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
    expect(response.headers['x-sentry-error']).toBe(detail);
    expect((await ingest.outcomes()).length).toBeGreaterThan(0);
    expect(ingest.context.admission.bytes).toBe(0);
  });

  test('whose fields are more than an event may be is refused, and each part of it is counted', async () => {
    const ingest = testIngest();
    const extra = { name: 'log', value: 'x'.repeat(SMALL_LIMITS.eventBytes - 10) };
    const response = await post(ingest, [dumpPart(), extra, { name: 'more', value: 'y'.repeat(100) }]);
    expect([response.statusCode, response.json()]).toEqual([
      413,
      { detail: "envelope exceeded size limits for type 'event'" },
    ]);
    expect(await ingest.outcomes()).toEqual([
      '42/1 invalid too_large:event attachment 64',
      '42/1 invalid too_large:event attachment_item 1',
      '42/1 invalid too_large:event error 1',
    ]);
  });

  test('whose description is nested too deeply is an event of its dump alone', async () => {
    const deep = `{"extra":${'['.repeat(45_000)}${']'.repeat(45_000)}}`;
    for (const part of [
      { name: '__sentry-event', filename: 'e', value: deep },
      { name: 'sentry', value: deep },
    ]) {
      const ingest = testIngest();
      expect((await post(ingest, [dumpPart(), part])).statusCode).toBe(200);
      expect(storedEvent(ingest)).toMatchObject({ platform: 'native', timestamp: 1_700_000_000 });
    }
  });

  test('in an envelope makes no event that is larger than one may be', async () => {
    const ingest = testIngest({ limits: { eventBytes: 2_000 } });
    const description = JSON.stringify({ extra: { a: 'x'.repeat(2_000) } });
    const response = await ingest.app.inject({
      method: 'POST',
      url: `/api/42/envelope/?sentry_key=${KEY}`,
      payload: envelope(
        {},
        [{ type: 'attachment', attachment_type: 'event.minidump' }, 'MDMP'],
        [{ type: 'attachment', attachment_type: 'event.payload' }, description],
      ),
    });
    expect(response.statusCode).toBe(413);
    expect(ingest.log.records).toHaveLength(0);
    expect(await ingest.outcomes()).toEqual([
      `42/1 invalid too_large:event attachment ${4 + description.length}`,
      '42/1 invalid too_large:event attachment_item 2',
      '42/1 invalid too_large:event error 1',
    ]);
  });

  test.each([
    ['a form that ends too early', formBody([dumpPart()]).payload.subarray(0, 100)],
    ['no form at all', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
  ])('%s is 400', async (_case, payload) => {
    const { app } = testIngest();
    const response = await app.inject({ method: 'POST', url, payload, headers: formBody([]).headers });
    expect(response.statusCode).toBe(400);
    const noBoundary = { 'content-type': 'multipart/form-data' };
    expect((await app.inject({ method: 'POST', url, payload, headers: noBoundary })).statusCode).toBe(400);
  });
});

describe('POST /api/{project}/events/{id}/attachments/', () => {
  const path = (id: string) => `/api/42/events/${id}/attachments/?sentry_key=${KEY}`;

  test('keeps each file for the event, which may come later', async () => {
    const ingest = testIngest();
    const dashed = EVENT_ID.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-').toUpperCase();
    for (const id of [EVENT_ID, dashed]) {
      const response = await post(
        ingest,
        [
          { name: 'a', filename: 'a.txt', value: 'aaa', type: 'text/plain' },
          { name: 'b', filename: 'b.bin', value: '' },
          { name: 'no file', value: 'x' },
        ],
        path(id),
      );
      expect([response.statusCode, response.body]).toEqual([201, '']);
      expect(ingest.log.records.at(-1)?.header).toMatchObject({
        kind: 'attachment',
        event_id: EVENT_ID,
        attachments: [
          { name: 'a.txt', content_type: 'text/plain', attachment_type: 'event.attachment', size: 3 },
          { name: 'b.bin', size: 0 },
        ],
      });
    }
  });

  test.each([
    ['abc', formBody([]), 400, 'bad event id'],
    [
      EVENT_ID,
      { payload: Buffer.from('{}'), headers: { 'content-type': 'application/json' } },
      400,
      'invalid multipart body',
    ],
    [
      EVENT_ID,
      formBody([{ name: 'f', filename: 'f', value: Buffer.alloc(SMALL_LIMITS.attachmentBytes + 1) }]),
      413,
      "envelope exceeded size limits for type 'attachment'",
    ],
  ])('for %s with such a body is refused', async (id, form, status, detail) => {
    const { app } = testIngest();
    const response = await app.inject({ method: 'POST', url: path(id), ...form });
    expect([response.statusCode, response.json()]).toEqual([status, { detail }]);
  });
});
