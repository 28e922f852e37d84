import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { parseCursor, parseOffset } from '../server/paging.ts';
import { intervalFor, periodOf, pointsOf, spanOf, timeOf } from '../server/periods.ts';
import { Refusal } from '../server/refusal.ts';

const DAY = 86_400_000;

describe('periods', () => {
  it('are numbers with a unit, at most 90 days', () => {
    expect([periodOf('90m'), periodOf('24h'), periodOf('14d'), periodOf('2w')]).toEqual([
      90 * 60_000,
      DAY,
      14 * DAY,
      14 * DAY,
    ]);
    expect(periodOf('99999w')).toBe(90 * DAY);
    for (const text of ['', '1', 'h', '0h', '-1h', '1.5h', '1 h', '1hh'])
      expect(() => periodOf(text)).toThrow(Refusal);
  });

  it('may be between two times, which are those of UTC where they do not say', () => {
    const noon = Date.UTC(2026, 10, 20, 12);
    for (const text of [
      '2026-11-20T12:00:00Z',
      '2026-11-20T12:00:00',
      '2026-11-20 12:00:00',
      '2026-11-20T13:00:00+01:00',
    ])
      expect(timeOf('start', text)).toBe(noon);
    expect(timeOf('start', String(noon / 1_000))).toBe(noon);
    expect(timeOf('start', '2026-11-20')).toBe(noon - DAY / 2);
    for (const text of ['', 'yesterday', '1960-01-01T00:00:00Z', '+275760-09-13T00:00:00Z', '99999999999'])
      expect(() => timeOf('end', text)).toThrow(Refusal);
  });

  it('become at most 170 points that cover the period up to now without gaps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60_000, max: 90 * DAY }),
        fc.integer({ min: 1_500_000_000_000, max: 2_000_000_000_000 }),
        (period, now) => {
          const span = spanOf(now, period);
          const points = pointsOf(span, new Map());
          const first = points[0]?.[0] ?? 0;
          const last = points.at(-1)?.[0] ?? 0;
          expect(span.interval).toBe(intervalFor(period));
          expect(points.length).toBeLessThanOrEqual(171);
          expect(last * 1000).toBeLessThanOrEqual(now);
          expect((last + span.interval) * 1000).toBeGreaterThan(now);
          expect(first % span.interval).toBe(0);
          expect(points.every(([start], i) => start === first + i * span.interval)).toBe(true);
        },
      ),
    );
  });
});

describe('cursors', () => {
  it('are read as they are written, and refused when they are not ours', () => {
    expect(parseCursor('1763640000000000:12:0')).toEqual({ key: '1763640000000000', id: '12' });
    for (const first of [undefined, '', '0:0:0', '0:0:1']) expect(parseCursor(first)).toBeUndefined();
    expect(parseOffset('0:200:0')).toBe(200);
    for (const text of ['1', 'a:b:c', '1:2', '1:-2:0', '1:2:0;', `${'9'.repeat(19)}:1:0`]) {
      expect(() => parseCursor(text)).toThrow(Refusal);
    }
    for (const text of ['5:200:0', '0:100001:0']) expect(() => parseOffset(text)).toThrow(Refusal);
  });
});

describe('the configuration', () => {
  const least = { DATABASE_URL: 'postgres://x/y', CLICKHOUSE_URL: 'http://x/y' };

  it('finds the public addresses: ingest’s own port, or the one host name that serves both', () => {
    expect(readConfig(least)).toMatchObject({
      publicUrl: 'http://127.0.0.1:8400',
      ingestUrl: 'http://127.0.0.1:8401',
      trustedProxies: [],
    });
    expect(
      readConfig({ ...least, CULPRIT_PUBLIC_URL: 'https://errors.example/', CULPRIT_HOST: '0.0.0.0' }),
    ).toMatchObject({
      host: '0.0.0.0',
      publicUrl: 'https://errors.example',
      ingestUrl: 'https://errors.example',
    });
    expect(
      readConfig({ ...least, CULPRIT_HOST: '::1', CULPRIT_PORT: '1', CULPRIT_INGEST_PORT: '2' }),
    ).toMatchObject({
      publicUrl: 'http://[::1]:1',
      ingestUrl: 'http://[::1]:2',
    });
  });

  it('refuses a public URL with a path: clients ignore it', () => {
    expect(() => readConfig({ ...least, CULPRIT_PUBLIC_URL: 'https://x.example/errors' })).toThrow(
      'CULPRIT_PUBLIC_URL',
    );
  });
});
