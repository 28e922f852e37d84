import { describe, expect, test } from 'vitest';
import {
  decodeLogRecord,
  type EventId,
  encodeLogRecord,
  isItemRecord,
  LogRecordError,
  type LogRecordHeader,
  logKeyOf,
  type ProjectId,
} from '../src/index.ts';

const common = {
  project_id: 42 as ProjectId,
  id: '0123456789abcdef0123456789abcdef' as EventId,
  received: 1_700_000_000_123,
  key_id: 7,
};
const reference = {
  file: 'f',
  name: 'a.txt',
  attachment_type: 'event.attachment',
  size: 3,
  sha1: '00',
};
const sent = {
  sent_at: '2026-11-21T10:00:00Z',
  client_ip: '192.0.2.1',
  user_agent: 'agent',
  sdk_client: 'a/1',
};

const headers: readonly (readonly [string, LogRecordHeader])[] = [
  ['an event', { kind: 'event', ...common, ...sent, item_type: 'event', attachments: [reference] }],
  [
    'an event of a browser that gives hints',
    {
      kind: 'event',
      ...common,
      item_type: 'event',
      client_hints: { 'sec-ch-ua': '"Chromium";v="131"', 'sec-ch-ua-platform': '"Linux"' },
    },
  ],
  [
    'a security report',
    {
      kind: 'event',
      ...common,
      item_type: 'security',
      report: { content_type: 'application/csp-report', release: 'shop@1.0', environment: 'production' },
    },
  ],
  ['feedback', { kind: 'event', ...common, item_type: 'feedback' }],
  ['a minidump', { kind: 'event', ...common, item_type: 'minidump', attachments: [reference] }],
  ['an attachment', { kind: 'attachment', ...common, event_id: common.id, attachments: [reference] }],
  ['a session', { kind: 'session', ...common, ...sent, item_type: 'session' }],
  ['sessions summed up', { kind: 'session', ...common, item_type: 'sessions' }],
  ['a user report', { kind: 'user_report', ...common, item_type: 'user_report', event_id: common.id }],
  ['a check-in', { kind: 'check_in', ...common, ...sent, item_type: 'check_in' }],
  ['an item in a file', { kind: 'session', ...common, item_type: 'sessions', payload_file: 'f' }],
  [
    'outcomes',
    {
      kind: 'outcomes',
      project_id: common.project_id,
      id: common.id,
      received: 1,
      outcomes: [{ outcome: 'invalid', reason: 'cors', category: 'error', quantity: 2, key_id: 7 }],
    },
  ],
];

describe('a log record', () => {
  test.each(headers)(
    'of %s is read as it was written, in the format of the first release',
    (_what, header) => {
      const payload = Buffer.from('{"é":"\n"}');
      const bytes = encodeLogRecord({ header, payload });
      expect(bytes[0]).toBe(1);
      const read = decodeLogRecord(bytes);
      expect(read.header).toEqual(header);
      expect(Buffer.compare(read.payload, payload)).toBe(0);
    },
  );

  test('lies in the partition of its project and id, whatever its kind', () => {
    for (const [, header] of headers) expect(logKeyOf(header)).toBe(`42:${common.id}`);
  });

  test('of an item is known as one', () => {
    const items = headers.filter(([, header]) => isItemRecord({ header, payload: new Uint8Array(0) }));
    expect(items.map(([, header]) => header.kind)).toEqual([
      'session',
      'session',
      'user_report',
      'check_in',
      'session',
    ]);
  });

  test('of a kind and with fields that a later release adds is still read', () => {
    const header = { ...common, kind: 'later', more: 1 } as unknown as LogRecordHeader;
    expect(decodeLogRecord(encodeLogRecord({ header, payload: new Uint8Array(0) })).header).toEqual(header);
  });

  test.each([
    ['nothing', new Uint8Array(0)],
    [
      'another version',
      encodeLogRecord({ header: headers[0]?.[1] as LogRecordHeader, payload: new Uint8Array(0) }).fill(
        9,
        0,
        1,
      ),
    ],
    [
      'a torn header',
      encodeLogRecord({ header: headers[0]?.[1] as LogRecordHeader, payload: new Uint8Array(0) }).subarray(
        0,
        20,
      ),
    ],
    ['a header that is no object', Buffer.from([1, 1, 0, 0, 0, 0x31])],
    ['a header without a kind', Buffer.from([1, 2, 0, 0, 0, 0x7b, 0x7d])],
    ['a header that is no JSON', Buffer.from([1, 1, 0, 0, 0, 0x7b])],
  ])('that is %s is refused', (_what, bytes) => {
    expect(() => decodeLogRecord(bytes)).toThrow(LogRecordError);
  });
});
