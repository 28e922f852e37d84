import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  categoryOf,
  clientAddress,
  dsnOf,
  formatDsn,
  formatRateLimits,
  parseClientReport,
  parseDsn,
  replaceNonFiniteNumbers,
  retryAfterOf,
} from '../src/index.ts';

describe('the client address', () => {
  const proxies = new Set(['10.0.0.1', '10.0.0.2']);
  const isTrusted = (address: string): boolean => proxies.has(address);

  test.each([
    [
      'a peer that is no proxy is the client, whatever it claims',
      '203.0.113.9',
      '198.51.100.1',
      '203.0.113.9',
    ],
    ['behind a proxy it is what the proxy saw', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['what the client wrote itself is not believed', '10.0.0.1', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['two proxies are walked past', '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    ['an entry that is no address ends the walk', '10.0.0.1', 'unknown', '10.0.0.1'],
    ['ports and brackets are taken off', '10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
    ['IPv4 in IPv6 is IPv4', '::ffff:10.0.0.1', '198.51.100.1:80', '198.51.100.1'],
    ['only proxies: the first one', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
  ])('%s', (_promise, peer, forwarded, expected) => {
    expect(clientAddress(peer, [forwarded], isTrusted)).toBe(expected);
  });

  test.each([
    ['a tunnel of ours tells whose events it passes on', '10.0.0.2', '198.51.100.7', '198.51.100.7'],
    ['a client cannot say it is another', '203.0.113.5', '198.51.100.7', '203.0.113.5'],
    ['without the first header the second counts', undefined, '198.51.100.7', '198.51.100.7'],
  ])('of several headers: %s', (_promise, first, second, expected) => {
    expect(clientAddress('10.0.0.1', [first, second, undefined, undefined], isTrusted)).toBe(expected);
  });
});

describe('X-Sentry-Rate-Limits', () => {
  test('limits are joined, rounded up and capped', () => {
    expect(
      formatRateLimits([
        { retryAfter: 59.2, categories: ['error'], scope: 'key', reason: 'quota' },
        { retryAfter: 42, categories: [], scope: 'organization' },
        { retryAfter: 2700, categories: ['error', 'default', 'security'], scope: 'project', reason: 'x' },
      ]),
    ).toBe('60:error:key:quota, 42::organization, 300:default;error;security:project:x');
  });

  test('limits of the same categories and scope become the longest', () => {
    const limits = [
      { retryAfter: 5, categories: ['error', 'default'], scope: 'key' },
      { retryAfter: 9, categories: ['default', 'error'], scope: 'key' },
    ] as const;
    expect(formatRateLimits(limits)).toBe('9:default;error:key');
    expect(retryAfterOf(limits)).toBe(9);
    expect(formatRateLimits([])).toBe('');
  });
});

test('items count under their category, and nobody counts what nobody knows', () => {
  expect(categoryOf('event')).toBe('error');
  expect(categoryOf('check_in')).toBe('monitor');
  expect(categoryOf('user_report')).toBe('feedback');
  expect(categoryOf('client_report')).toBeUndefined();
  expect(categoryOf('toString')).toBeUndefined();
});

describe('client reports', () => {
  const received = Date.UTC(2026, 10, 21);
  const read = (value: unknown, sentAt?: string) =>
    parseClientReport(Buffer.from(JSON.stringify(value)), { received, sentAt });

  test.each<[string, unknown, string | undefined, number]>([
    ['without a time', undefined, undefined, 1],
    ['of now, in seconds', received / 1000, undefined, 1],
    ['of now, as text', '2026-11-21T00:00:00Z', undefined, 1],
    ['of a minute ahead', received / 1000 + 60, undefined, 1],
    ['of more than a minute ahead', received / 1000 + 61, undefined, 0],
    ['of 91 days ago', received / 1000 - 91 * 86_400, undefined, 0],
    ['of a clock that is a year behind', '2025-11-21T00:00:00Z', '2025-11-21T00:00:05Z', 1],
    ['with a time that is none', 'yesterday', undefined, 1],
  ])('%s', (_what, timestamp, sentAt, count) => {
    const discarded_events = [{ reason: 'before_send', category: 'error', quantity: 1 }];
    expect(read({ timestamp, discarded_events }, sentAt)).toHaveLength(count);
  });

  test('are summed by reason and category; senseless entries are ignored', () => {
    expect(
      read({
        timestamp: Date.UTC(2026, 10, 20) / 1000,
        discarded_events: [
          { reason: 'queue_overflow', category: 'error', quantity: 2 },
          { reason: 'queue_overflow', category: 'error', quantity: 3 },
          { reason: 'before_send', category: 'session', quantity: 1 },
          { reason: 'before_send', category: 'no such', quantity: 1 },
          { reason: 'x'.repeat(201), category: 'error', quantity: 1 },
          { reason: 'x', category: 'error', quantity: -1 },
          null,
        ],
      }),
    ).toEqual([
      { reason: 'queue_overflow', category: 'error', quantity: 5 },
      { reason: 'before_send', category: 'session', quantity: 1 },
    ]);
  });

  test('anything may come', () => {
    expect(parseClientReport(Buffer.from('nonsense'), { received })).toBeUndefined();
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        read({ discarded_events: value });
        read(value);
      }),
      { numRuns: 500 },
    );
  });
});

describe('bare NaN and Infinity', () => {
  test('become null outside strings only', () => {
    expect(replaceNonFiniteNumbers('{"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \\" Infinity"}')).toBe(
      '{"a":null,"b":[null,null],"c":"NaN \\" Infinity"}',
    );
  });

  test('JSON is left as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('NaN', '-Infinity', '"NaN\\'), (value, text) => {
        const json = JSON.stringify({ value, text });
        expect(replaceNonFiniteNumbers(json)).toBe(json);
      }),
    );
  });
});

test('a DSN is read back as it was written', () => {
  fc.assert(
    fc.property(
      fc.record({
        protocol: fc.constantFrom('http', 'https'),
        host: fc.domain(),
        path: fc.constantFrom('', 'a', 'a/b'),
        project: fc.integer({ min: 1, max: 0xffffffff }),
        key: fc
          .array(fc.constantFrom(...'0123456789abcdef'), { minLength: 32, maxLength: 32 })
          .map((d) => d.join('')),
      }),
      ({ protocol, host, path, project, key }) => {
        const text = `${protocol}://${key}@${host}${path === '' ? '' : `/${path}`}/${project}`;
        const dsn = parseDsn(text);
        expect(dsn).toBeDefined();
        if (dsn !== undefined) expect(formatDsn(dsn)).toBe(text);
      },
    ),
  );
});

test('a DSN is the address of ingest with key and project', () => {
  const key = 'a'.repeat(32);
  expect(dsnOf('http://127.0.0.1:8401', key, 7)).toBe(`http://${key}@127.0.0.1:8401/7`);
  expect(dsnOf('https://in.example/errors/', key, 7)).toBe(`https://${key}@in.example/errors/7`);
});
