import { EventLogError } from '@culprit/event-log';
import type { EventRecordHeader } from '@culprit/protocol';
import { describe, expect, test } from 'vitest';
import {
  AUTH,
  appendedOutcomes,
  envelope,
  fixedKeys,
  MemoryLeases,
  OTHER_KEY,
  SNAPSHOT,
  snapshotWith,
  type TestIngest,
  testIngest,
} from './harness.ts';

interface QuotaOptions {
  readonly categories?: readonly string[];
  readonly scope?: string;
  readonly limit: number;
  readonly window?: number;
  readonly id?: string;
}

const quota = (options: QuotaOptions) => ({
  id: 'q',
  categories: ['error'],
  scope: 'project',
  window: 60,
  reasonCode: 'too_many',
  ...options,
});

/** An ingest whose project 42 has these quotas. The clock stands at a full minute. */
function limited(quotas: readonly object[], options: Parameters<typeof testIngest>[0] = {}): TestIngest {
  return testIngest({ hardFactor: 1, keys: fixedKeys(snapshotWith({ quotas })), ...options });
}

async function post(ingest: TestIngest, ...items: readonly (readonly [object, string | Uint8Array])[]) {
  const response = await ingest.app.inject({
    method: 'POST',
    url: '/api/42/envelope/',
    headers: AUTH,
    payload: envelope({}, ...items),
  });
  // What was wanted is leased behind the answer.
  await new Promise(setImmediate);
  return response;
}

const EVENT = [{ type: 'event' }, '{"message":"boom"}'] as const;
const SESSION = [{ type: 'session' }, '{"sid":"1"}'] as const;
const fault = (type: string, release = 'shop@1'): readonly [object, string] => [
  { type: 'event' },
  JSON.stringify({
    event_id: crypto.randomUUID().replaceAll('-', ''),
    release,
    environment: 'production',
    exception: {
      values: [{ type, value: 'x', stacktrace: { frames: [{ function: 'pay', in_app: true }] } }],
    },
  }),
];
const kinds = (ingest: TestIngest): readonly string[] =>
  ingest.log.records.map(({ header }) => header.kind).filter((kind) => kind !== 'outcomes');

describe('a quota', () => {
  test('is answered by 429 with both headers once it is spent, and by nothing before', async () => {
    const ingest = limited([quota({ limit: 3 })]);
    for (let i = 0; i < 3; i++) {
      const { statusCode, headers } = await post(ingest, EVENT);
      expect([statusCode, headers['retry-after'], headers['x-sentry-rate-limits']]).toEqual([
        200,
        undefined,
        undefined,
      ]);
    }
    ingest.clock.advance(17_500);
    const { statusCode, headers, json } = await post(ingest, EVENT);
    expect(statusCode).toBe(429);
    expect(headers['x-sentry-rate-limits']).toBe('43:error:project:too_many');
    expect(headers['retry-after']).toBe('43');
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(json().detail).toMatch(/rate limited/);
    expect(kinds(ingest)).toEqual(['event', 'event', 'event']);
    expect(await ingest.outcomes()).toEqual(['42/1 rate_limited too_many error 1']);
  });

  test('lets go on in the next window', async () => {
    const ingest = limited([quota({ limit: 1 })]);
    const codes: number[] = [];
    for (const wait of [0, 0, 60_000, 0]) {
      ingest.clock.advance(wait);
      codes.push((await post(ingest, EVENT)).statusCode);
    }
    expect(codes).toEqual([200, 429, 200, 429]);
  });

  test('takes the attachments and reports of an event along, and leaves sessions alone, which are stored behind the 429', async () => {
    const ingest = limited([quota({ limit: 0 })]);
    const { statusCode, headers } = await post(
      ingest,
      EVENT,
      [{ type: 'attachment', filename: 'a' }, 'four'],
      [{ type: 'user_report' }, '{"event_id":"0123456789abcdef0123456789abcdef"}'],
      SESSION,
    );
    expect(statusCode).toBe(429);
    expect(headers['x-sentry-rate-limits']).toBe('60:error:project:too_many');
    expect(kinds(ingest)).toEqual(['session']);
    expect(ingest.files.files.size).toBe(0);
    expect(await ingest.outcomes()).toEqual([
      '42/1 rate_limited too_many attachment 4',
      '42/1 rate_limited too_many attachment_item 1',
      '42/1 rate_limited too_many error 1',
      '42/1 rate_limited too_many feedback 1',
    ]);
  });

  test('for attachments counts bytes and leaves their event alone', async () => {
    const ingest = limited([quota({ categories: ['attachment'], limit: 10 })]);
    const codes: number[] = [];
    for (const bytes of [6, 6, 3]) {
      codes.push((await post(ingest, EVENT, [{ type: 'attachment' }, 'x'.repeat(bytes)])).statusCode);
    }
    expect(codes).toEqual([200, 429, 200]);
    const attached = ingest.log.records.map(
      ({ header }) => (header as EventRecordHeader).attachments?.length ?? 0,
    );
    expect(attached).toEqual([1, 0, 1]);
  });

  test('never limits client reports, and never counts what is dropped for another reason', async () => {
    const ingest = limited([quota({ categories: [], limit: 0 })]);
    const report = [
      { type: 'client_report' },
      '{"discarded_events":[{"reason":"sample_rate","category":"error","quantity":2}]}',
    ] as const;
    expect((await post(ingest, report)).statusCode).toBe(200);
    expect((await post(ingest, [{ type: 'transaction' }, '{}'])).statusCode).toBe(200);
    expect(await ingest.outcomes()).toEqual([
      '42/1 client_discard sample_rate error 2',
      '42/1 invalid feature_disabled transaction 1',
    ]);
  });

  test('that counts everything is announced without categories', async () => {
    const ingest = limited([quota({ categories: [], scope: 'organization', limit: 0 })]);
    const { headers } = await post(ingest, SESSION);
    expect(headers['x-sentry-rate-limits']).toBe('60::organization:too_many');
  });

  test('is told together with what is not supported, which does not make the wait longer', async () => {
    const ingest = limited([quota({ limit: 0 })]);
    const { headers } = await post(ingest, EVENT, [{ type: 'transaction' }, '{}']);
    expect(headers['x-sentry-rate-limits']).toMatch(/^60:error:project:too_many, 300:/);
    expect(headers['retry-after']).toBe('60');
  });

  test('of the same scope and categories as another one is told once, by the longer wait', async () => {
    const ingest = limited([
      quota({ id: 'minute', categories: ['session'], limit: 1 }),
      quota({ id: 'hour', categories: ['session'], limit: 1, window: 3_600 }),
    ]);
    await post(ingest, SESSION);
    const { headers } = await post(ingest, SESSION);
    expect(headers['x-sentry-rate-limits']).toBe('300:session:project:too_many');
    expect(headers['retry-after']).toBe('300');
  });

  test('of one project does not touch another', async () => {
    const ingest = limited([quota({ limit: 0 })]);
    const { statusCode } = await ingest.app.inject({
      method: 'POST',
      url: '/api/43/envelope/',
      headers: { 'x-sentry-auth': `Sentry sentry_key=${OTHER_KEY}` },
      payload: envelope({}, EVENT),
    });
    expect(statusCode).toBe(200);
  });

  test('also holds for the store route, and never answers 429 to a minidump', async () => {
    const ingest = limited([quota({ limit: 0 })]);
    const store = await ingest.app.inject({
      method: 'POST',
      url: '/api/42/store/',
      headers: AUTH,
      payload: '{"message":"boom"}',
    });
    expect([store.statusCode, store.headers['retry-after']]).toEqual([429, '60']);
    const dump = await ingest.app.inject({
      method: 'POST',
      url: '/api/42/minidump/',
      headers: { ...AUTH, 'content-type': 'application/octet-stream' },
      payload: Buffer.from('MDMP and more'),
    });
    expect([dump.statusCode, dump.headers['x-sentry-rate-limits']]).toEqual([200, undefined]);
    expect(ingest.log.records).toEqual([]);
  });

  test('costs nothing for an event that the project does not want; the filter decides when it is processed', async () => {
    const settings = {
      quotas: [quota({ limit: 2 })],
      options: { 'filters:error_messages': '*unwanted*', 'filters:blacklisted_ips': '203.0.113.0/24' },
    };
    const ingest = testIngest({ hardFactor: 1, keys: fixedKeys(snapshotWith(settings)) });
    const unwanted = [{ type: 'event' }, '{"message":"an unwanted one"}'] as const;
    const codes: number[] = [];
    for (const item of [unwanted, unwanted, unwanted, EVENT, EVENT, EVENT, unwanted]) {
      codes.push((await post(ingest, item, [{ type: 'attachment' }, 'x'])).statusCode);
    }
    expect(codes).toEqual([200, 200, 200, 200, 200, 429, 200]);
    const blocked = await ingest.app.inject({
      method: 'POST',
      url: '/api/42/envelope/',
      headers: AUTH,
      remoteAddress: '203.0.113.7',
      payload: envelope({}, EVENT),
    });
    expect(blocked.statusCode).toBe(200);
    expect(kinds(ingest)).toHaveLength(7);
  });

  test.each<[string, (ingest: TestIngest, isAway: boolean) => void]>([
    ['the disk is nearly full', ({ context }, isAway) => context.admission.setDiskFull(isAway)],
    [
      'the log takes nothing',
      ({ log }, isAway) => {
        log.failure = isAway ? new EventLogError('unavailable', 'gone') : undefined;
      },
    ],
  ])('costs nothing for what is answered 503 because %s', async (_why, set) => {
    const ingest = limited([
      quota({ limit: 2 }),
      quota({ id: 'files', categories: ['attachment'], limit: 10 }),
    ]);
    const send = async () => (await post(ingest, EVENT, [{ type: 'attachment' }, 'five!'])).statusCode;
    set(ingest, true);
    const codes = [await send(), await send(), await send()];
    set(ingest, false);
    codes.push(await send(), await send(), await send());
    expect(codes).toEqual([503, 503, 503, 200, 200, 429]);
  });

  test('of a key is the rate limit of its settings', async () => {
    const keys = SNAPSHOT.keys.map((key) =>
      key.id === 1 ? { ...key, rate_limit: { count: 1, window: 60 } } : key,
    );
    const ingest = testIngest({ hardFactor: 1, keys: fixedKeys({ ...SNAPSHOT, keys }) });
    expect((await post(ingest, EVENT)).statusCode).toBe(200);
    const { headers } = await post(ingest, EVENT);
    expect(headers['x-sentry-rate-limits']).toBe('60:default;error;security:key:key_quota');
  });

  test('holds while PostgreSQL is away: a slice is accepted and not more', async () => {
    const leaseSource = new MemoryLeases();
    leaseSource.isAway = true;
    const ingest = limited([quota({ limit: 100 })], { leaseSource });
    const codes: number[] = [];
    for (let i = 0; i < 30; i++) codes.push((await post(ingest, EVENT)).statusCode);
    expect(codes.filter((code) => code === 200)).toHaveLength(10);
  });
});

describe('beyond a quota', () => {
  test('errors are answered 200, one of each fault is kept, and from the hard limit on it is 429', async () => {
    const ingest = limited([quota({ limit: 10, window: 3_600 })], { hardFactor: 5 });
    const codes: number[] = [];
    for (let i = 0; i < 55; i++) codes.push((await post(ingest, fault('Loud'))).statusCode);
    expect(codes.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(codes.slice(50)).toEqual([429, 429, 429, 429, 429]);
    expect(kinds(ingest)).toHaveLength(11);
    expect(await ingest.outcomes()).toEqual([
      '42/1 rate_limited shed error 39',
      '42/1 rate_limited too_many error 5',
    ]);
  });

  test('a fault of a new release is kept at once, however loud the old one is, and what was shed is told by its release', async () => {
    const ingest = limited([quota({ limit: 10, window: 3_600 })], { hardFactor: 50 });
    for (let i = 0; i < 100; i++) await post(ingest, fault('Loud'));
    ingest.clock.advance(15_000);
    for (let i = 0; i < 20; i++) await post(ingest, fault('Loud'));
    const before = kinds(ingest).length;
    expect((await post(ingest, fault('Broken', 'shop@2'))).statusCode).toBe(200);
    expect(kinds(ingest)).toHaveLength(before + 1);
    await post(ingest, fault('Broken', 'shop@2'));
    await ingest.outcomes();
    expect(appendedOutcomes(ingest.log, (_, { reason, release }) => `${reason} ${release}`)).toEqual([
      'shed shop@1 109',
      'shed shop@2 1',
    ]);
  });

  test('a kept one says how many it stands for', async () => {
    const ingest = limited([quota({ limit: 10, window: 3_600 })], { hardFactor: 50 });
    for (let i = 0; i < 30; i++) await post(ingest, fault('Loud'));
    ingest.clock.advance(60_000);
    await post(ingest, fault('Loud'));
    const weights = ingest.log.records.map(({ header }) => (header as EventRecordHeader).kept_weight ?? 1);
    expect(weights).toEqual([...Array.from({ length: 11 }, () => 1), 20]);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(31);
  });

  test('a limit of 0 stays a limit of 0', async () => {
    const ingest = limited([quota({ limit: 0 })], { hardFactor: 5 });
    expect((await post(ingest, fault('Loud'))).statusCode).toBe(429);
    expect(ingest.log.records).toEqual([]);
  });
});
