import { describe, expect, test } from 'vitest';
import { counted, formatBytes, formatCount, formatShare } from '../src/format/numbers.ts';
import {
  formatAge,
  formatAgo,
  formatBefore,
  formatBothZones,
  formatExact,
  formatInterval,
  formatPeriod,
  formatWhen,
  periodMsOf,
} from '../src/format/times.ts';

const NOW = Date.parse('2026-11-20T15:06:00.118Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('numbers', () => {
  test('counts are in full up to nine digits', () => {
    expect([0, 1_204, 1_234_567, 999_999_999, 1_234_567_890, -2].map(formatCount)).toEqual([
      '0',
      '1,204',
      '1,234,567',
      '999,999,999',
      '1.2\u2009G',
      '−2',
    ]);
  });

  test('a share is a whole number of percent, and a little is never nothing', () => {
    expect([0, 0.004, 0.891, 1].map(formatShare)).toEqual([
      '0\u2009%',
      '<1\u2009%',
      '89\u2009%',
      '100\u2009%',
    ]);
  });

  test('bytes have one digit below a hundred', () => {
    expect([0, 999, 1_500, 182e9, 8.44e9].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.5 kB',
      '182 GB',
      '8.4 GB',
    ]);
  });

  test('one is singular, zero is not', () => {
    expect([0, 1, 2].map((count) => counted(count, 'person', 'people'))).toEqual([
      '0 people',
      '1 person',
      '2 people',
    ]);
  });
});

describe('times', () => {
  test('time past in a row is cut down to its largest unit', () => {
    const past = [0, 8_999, 2 * MINUTE, 29 * HOUR, 5 * DAY, 29 * DAY, 40 * DAY, 400 * DAY];
    expect(past.map((span) => formatAge(NOW - span, NOW, 'UTC'))).toEqual([
      '0 s',
      '8 s',
      '2 min',
      '29 h',
      '5 days',
      '29 days',
      '11 Oct',
      '16 Oct 2025',
    ]);
  });

  test('time past in a sentence has words', () => {
    const past = [0, 1_000, 8_000, MINUTE, HOUR, 60 * DAY];
    expect(past.map((span) => formatAgo(NOW - span, NOW, 'UTC'))).toEqual([
      'just now',
      '1 second ago',
      '8 seconds ago',
      '1 minute ago',
      '1 hour ago',
      '21 Sept',
    ]);
  });

  test('today is a clock, this week a day, else a date', () => {
    expect([HOUR, 2 * DAY, 20 * DAY].map((span) => formatWhen(NOW - span, NOW, 'UTC'))).toEqual([
      '14:06',
      'Wed 15:06',
      '31 Oct',
    ]);
  });

  test('the exact time has milliseconds and its zone, the tooltip both', () => {
    expect(formatExact(NOW, 'UTC')).toBe('20 Nov 2026, 15:06:00.118 UTC');
    expect(formatBothZones(NOW, 'UTC')).toMatch(/^20 Nov 2026, 15:06:00\.118 UTC · .* local time$/);
  });

  test('time before the error has a sign', () => {
    expect([100, 2_300, 58_000, 170_000, 3_723_000, -500].map(formatBefore)).toEqual([
      '−0.1 s',
      '−2.3 s',
      '−58.0 s',
      '−2:50',
      '−1:02:03',
      '+0.5 s',
    ]);
  });

  test('periods and bins are said in words', () => {
    expect(['1h', '24h', '14d'].map(formatPeriod)).toEqual(['1 h', '24 h', '14 days']);
    expect(['1h', '14d', 'rubbish'].map(periodMsOf)).toEqual([HOUR, 14 * DAY, DAY]);
    expect([60, 900, 3_600, 7_200, 86_400].map(formatInterval)).toEqual([
      'minute',
      '15 minutes',
      'hour',
      '2 hours',
      'day',
    ]);
  });
});
