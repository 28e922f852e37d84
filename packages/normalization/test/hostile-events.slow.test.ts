import { describe, expect, it } from 'vitest';
import { decodePayload, normalizeEvent } from '../src/index.ts';
import { RECEIVED } from './normalized.ts';

describe('hostile events of 1 MB', () => {
  const mega = 1 << 20;
  /** 50 are promised (`bench/hostile.ts`): ten times that, because covered lines are counted and the machine is busy. */
  const boundMs = 500;
  const nested = (open: string, close: string) => `${open.repeat(mega / 8)}${close.repeat(mega / 8)}`;
  const cases: Record<string, string> = {
    'one long text everywhere': JSON.stringify({
      message: '%'.repeat(mega / 8),
      logentry: { message: '{'.repeat(mega / 8), params: ['x'.repeat(mega / 8)] },
      exception: [{ value: `${'a'.repeat(mega / 8)}:` }],
      tags: { a: ' '.repeat(mega / 8), ['k'.repeat(mega / 8)]: 1 },
      request: {
        url: `https://a/${'?&#'.repeat(mega / 16)}`,
        headers: { 'User-Agent': '('.repeat(mega / 8) },
      },
    }),
    'a deeply nested list': `{"extra":{"a":${nested('[', ']')}},"platform":"node"}`,
    'a deeply nested object': `{"contexts":{"a":${'{"a":'.repeat(mega / 12)}1${'}'.repeat(mega / 12)}}}`,
    'a deep unknown field': `{"bogus":${nested('[', ']')}}`,
    'a deep exception value': `{"exception":[{"value":${nested('[', ']')}}]}`,
    'many unknown fields': `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":${i}`).join(',')}}`,
    'many bad tags': `{"tags":[${'[1],'.repeat(mega / 5)}1]}`,
    'many empty breadcrumbs': `{"breadcrumbs":[${'{},'.repeat(mega / 16)}{}]}`,
    'many unknown fields of the user': `{"user":{${Array.from({ length: 30_000 }, (_, i) => `"k${i}":{}`).join(',')}}}`,
    'a long list of variables': `{"stacktrace":{"frames":[{"vars":[${'1,'.repeat(mega / 2)}1]}]}}`,
    'many parts of a fingerprint': `{"fingerprint":[${'1,'.repeat(mega / 2)}1]}`,
    'many cookies': JSON.stringify({ request: { headers: { cookie: 'a=b;'.repeat(mega / 4) } } }),
    'a user agent of a megabyte': JSON.stringify({
      request: { headers: { 'User-Agent': `Mozilla/5.0 ${'Android ('.repeat(mega / 9)}` } },
    }),
    'a megabyte of spaces': JSON.stringify({ message: ' '.repeat(mega), transaction: ' '.repeat(10) }),
  };
  it.each(Object.entries(cases))('%s: bounded in time', (_, text) => {
    const bytes = Buffer.from(text);
    const times = [0, 1, 2].map(() => {
      const decoded = decodePayload(bytes);
      const start = process.threadCpuUsage();
      const result = normalizeEvent(decoded.ok ? decoded.value : undefined, {
        projectId: 1 as never,
        keyId: null,
        eventId: 'a'.repeat(32) as never,
        received: RECEIVED,
        itemType: 'event',
      });
      const took = process.threadCpuUsage(start).user / 1000;
      expect(result.ok).toBe(true);
      return took;
    });
    expect(Math.min(...times)).toBeLessThan(boundMs);
  });
});
