import type { EventRecordHeader } from '@culprit/protocol';
import { describe, expect, test } from 'vitest';
import { AUTH, EVENT_ID, envelope, fixedKeys, snapshotWith, testIngest } from './harness.ts';

const post = { method: 'POST', url: '/api/42/envelope/', headers: AUTH } as const;

function textOf(payload: Uint8Array | undefined): string {
  return Buffer.from(payload ?? []).toString();
}

describe('items that are no events', () => {
  test.each([
    ['session', 'session', '{"sid":"00000000-0000-4000-8000-000000000001","init":true}'],
    ['sessions', 'session', '{"aggregates":[]}'],
    ['user_report', 'user_report', `{"event_id":"${EVENT_ID}","comments":"it broke"}`],
    ['check_in', 'check_in', '{"check_in_id":"x","monitor_slug":"nightly","status":"ok"}'],
  ])('a %s is a record of its own with the JSON as sent', async (type, kind, json) => {
    const { app, log, outcomes } = testIngest();
    const sentAt = '2026-11-21T10:00:00Z';
    const body = envelope({ sent_at: sentAt, event_id: EVENT_ID }, [{ type }, json]);
    const response = await app.inject({
      ...post,
      headers: { ...AUTH, 'user-agent': 'browser/1' },
      payload: body,
    });
    expect(response.json()).toEqual({ id: EVENT_ID });
    expect(log.records).toHaveLength(1);
    expect(log.records[0]?.header).toEqual({
      kind,
      project_id: 42,
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      received: expect.any(Number),
      key_id: 1,
      item_type: type,
      sent_at: sentAt,
      client_ip: '127.0.0.1',
      user_agent: 'browser/1',
      sdk_client: 'test/1.0',
      event_id: EVENT_ID,
    });
    expect(log.records[0]?.header.id).not.toBe(EVENT_ID);
    expect(textOf(log.records[0]?.payload)).toBe(json);
    expect(await outcomes()).toEqual([]);
  });

  test('all of an envelope are appended at once, each under its own id', async () => {
    const { app, log } = testIngest();
    const session = '{"sid":"a"}';
    const body = envelope(
      { event_id: EVENT_ID },
      [{ type: 'session' }, session],
      [{ type: 'event' }, '{}'],
      [{ type: 'session' }, session],
      [{ type: 'user_report' }, '{}'],
    );
    expect((await app.inject({ ...post, payload: body })).statusCode).toBe(200);
    expect(log.appends).toHaveLength(1);
    expect(log.records.map(({ header }) => header.kind)).toEqual([
      'event',
      'session',
      'session',
      'user_report',
    ]);
    expect(new Set(log.records.map(({ header }) => header.id)).size).toBe(4);
  });

  test('sessions answer {}, a user report gets the id that it has or a new one', async () => {
    const { app } = testIngest();
    const send = (type: string) => app.inject({ ...post, payload: envelope({}, [{ type }, '{}']) });
    expect((await send('session')).body).toBe('{}');
    expect((await send('check_in')).body).toBe('{}');
    expect((await send('user_report')).json()).toEqual({ id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  test('one that is too large for a record goes to a file', async () => {
    const { app, log, files } = testIngest();
    const json = JSON.stringify({ aggregates: 'x'.repeat(600_000) });
    await app.inject({ ...post, payload: envelope({}, [{ type: 'sessions' }, json]) });
    expect(log.records[0]?.header).toMatchObject({ kind: 'session', payload_file: 'file-0' });
    expect(log.records[0]?.payload).toHaveLength(0);
    expect(textOf(files.files.get('file-0'))).toBe(json);
  });
});

describe('events of other types', () => {
  test('feedback is an event with its attachments', async () => {
    const { app, log } = testIngest();
    const json = '{"contexts":{"feedback":{"message":"nice"}}}';
    const body = envelope(
      { event_id: EVENT_ID },
      [{ type: 'feedback' }, json],
      [{ type: 'attachment', filename: 'screenshot.png' }, 'png'],
    );
    expect((await app.inject({ ...post, payload: body })).json()).toEqual({ id: EVENT_ID });
    expect(log.records).toHaveLength(1);
    expect(log.records[0]?.header).toMatchObject({
      kind: 'event',
      id: EVENT_ID,
      item_type: 'feedback',
      attachments: [{ name: 'screenshot.png' }],
    });
    expect(textOf(log.records[0]?.payload)).toBe(json);
  });

  test('a raw security report keeps what its URL said', async () => {
    const { app, log } = testIngest();
    const json = '{"csp-report":{"document-uri":"https://shop.example/"}}';
    const item = { type: 'raw_security', sentry_release: 'shop@1', sentry_environment: 'live' };
    await app.inject({ ...post, payload: envelope({}, [item, json]) });
    expect(log.records[0]?.header).toMatchObject({
      kind: 'event',
      item_type: 'security',
      report: { release: 'shop@1', environment: 'live' },
    });
    expect(textOf(log.records[0]?.payload)).toBe(json);
  });

  test('what a raw security report says of its URL is cut', async () => {
    const { app, log } = testIngest();
    const long = 'x'.repeat(30_000);
    const item = {
      type: 'raw_security',
      sentry_release: `shop@${long}`,
      sentry_environment: long,
      content_type: `application/${long}; charset=utf-8`,
    };
    await app.inject({ ...post, payload: envelope({}, [item, '{"csp-report":{}}']) });
    const header = log.records[0]?.header as EventRecordHeader | undefined;
    expect(Object.values(header?.report ?? {}).map(({ length }) => length)).toEqual([250, 250, 250]);
  });

  test('a security item that is an event already is one', async () => {
    const { app, log } = testIngest();
    const json = '{"type":"csp","csp":{"document_uri":"https://shop.example/"}}';
    await app.inject({ ...post, payload: envelope({}, [{ type: 'security' }, json]) });
    expect(log.records[0]?.header).toMatchObject({ kind: 'event', item_type: 'event' });
  });

  test('hints of the browser go along', async () => {
    const { app, log } = testIngest();
    const hints = {
      'sec-ch-ua': '"Chromium";v="131", "Not_A Brand";v="24"',
      'sec-ch-ua-platform': '"Windows"',
      'sec-ch-ua-platform-version': '"15.0.0"',
    };
    const headers = { ...AUTH, ...hints, 'sec-ch-ua-mobile': '?0' };
    await app.inject({ ...post, headers, payload: envelope({}, [{ type: 'event' }, '{}']) });
    expect(log.records[0]?.header).toHaveProperty('client_hints', hints);
  });
});

describe('attachments', () => {
  test.each([
    ['event.attachment'],
    ['event.view_hierarchy'],
    ['event.applecrashreport'],
    ['unreal.context'],
    ['unreal.logs'],
    ['event.minidump'],
  ])('of type %s are kept with their event, before or after it', async (attachment_type) => {
    for (const isBefore of [true, false]) {
      const { app, log } = testIngest();
      const attachment = [{ type: 'attachment', filename: 'f', attachment_type }, 'bytes'] as const;
      const event = [{ type: 'event' }, '{"message":"boom"}'] as const;
      const items = isBefore ? [attachment, event] : [event, attachment];
      await app.inject({ ...post, payload: envelope({ event_id: EVENT_ID }, ...items) });
      expect(log.records).toHaveLength(1);
      expect(log.records[0]?.header).toMatchObject({
        kind: 'event',
        item_type: 'event',
        attachments: [{ name: 'f', attachment_type, size: 5 }],
      });
      expect(textOf(log.records[0]?.payload)).toBe('{"message":"boom"}');
    }
  });

  test.each([
    ['event.minidump', 'Minidump', 'minidump'],
    ['event.applecrashreport', 'AppleCrashReport', 'applecrashreport'],
  ])('an %s without an event makes one', async (attachment_type, type, mechanism) => {
    const { app, log } = testIngest();
    const body = envelope({ event_id: EVENT_ID }, [
      { type: 'attachment', attachment_type, filename: 'd' },
      'MDMP',
    ]);
    expect((await app.inject({ ...post, payload: body })).json()).toEqual({ id: EVENT_ID });
    expect(log.records[0]?.header).toMatchObject({
      kind: 'event',
      id: EVENT_ID,
      item_type: 'minidump',
      attachments: [{ attachment_type, name: 'd' }],
    });
    expect(JSON.parse(textOf(log.records[0]?.payload))).toMatchObject({
      platform: 'native',
      level: 'fatal',
      exception: { values: [{ type, mechanism: { type: mechanism, handled: false, synthetic: true } }] },
    });
  });

  test('a project that keeps no crash reports keeps the event, and the dump is counted', async () => {
    const { app, log, outcomes } = testIngest({
      keys: fixedKeys(snapshotWith({ storeCrashReports: 0 })),
    });
    const dump = [{ type: 'attachment', attachment_type: 'event.minidump' }, 'MDMP'] as const;
    await app.inject({ ...post, payload: envelope({ event_id: EVENT_ID }, dump) });
    expect(log.records[0]?.header).toMatchObject({ kind: 'event', item_type: 'minidump' });
    expect(log.records[0]?.header).not.toHaveProperty('attachments');
    expect(await outcomes()).toEqual([
      '42/1 filtered crash-report-limit attachment 4',
      '42/1 filtered crash-report-limit attachment_item 1',
    ]);
  });
});

describe('limits of items', () => {
  const MIB = 1024 * 1024;
  const many = (count: number, type: string, bytes = 2) =>
    Array.from({ length: count }, () => [{ type }, ' '.repeat(bytes)] as const);

  test.each([
    ['sessions', many(101, 'session')],
    ['session bytes', many(11, 'session', MIB)],
    ['client reports', many(101, 'client_report')],
    ['client report bytes', many(1, 'client_report', 100 * 1024 + 1)],
    ['attachments', many(31, 'attachment')],
    ['user reports and attachments', [...many(16, 'attachment'), ...many(15, 'user_report')]],
    ['a check-in', many(1, 'check_in', 100 * 1024 + 1)],
    ['feedback', many(1, 'feedback', MIB + 1)],
    ['a security report', many(1, 'security', MIB + 1)],
    ['a transaction', many(1, 'transaction', MIB + 1)],
    [
      'a log that is no list, whatever it says',
      [[{ type: 'otel_log', item_count: 9 }, ' '.repeat(3 * MIB)]] as const,
    ],
    ['log entries on average', [[{ type: 'log', item_count: 2 }, ' '.repeat(4 * MIB + 2)]] as const],
  ])('too many or too large: %s', async (_what, items) => {
    const { app, log } = testIngest({ limits: { envelopeBytes: 32 * MIB, inflightBytes: 128 * MIB } });
    const response = await app.inject({ ...post, payload: envelope({}, ...items) });
    const type = items.at(-1)?.[0].type;
    expect([response.statusCode, response.json()]).toEqual([
      413,
      { detail: `envelope exceeded size limits for type '${type}'` },
    ]);
    expect(response.headers['x-sentry-error']).toBe(`envelope exceeded size limits for type '${type}'`);
    expect(log.records.filter(({ header }) => header.kind !== 'outcomes')).toEqual([]);
  });

  test.each([
    ['sessions', many(100, 'session')],
    ['client reports', many(100, 'client_report')],
    ['attachments', many(30, 'attachment')],
    ['a type that nobody knows', many(1, 'new', 3 * MIB)],
    ['log entries', [[{ type: 'log', item_count: 3 }, ' '.repeat(3 * MIB)]] as const],
  ])('as many as may be: %s', async (_what, items) => {
    const { app } = testIngest();
    expect((await app.inject({ ...post, payload: envelope({}, ...items) })).statusCode).toBe(200);
  });
});
