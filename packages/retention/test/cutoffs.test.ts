import { describe, expect, test } from 'vitest';
import { cutoffOf, endOfMonth, monthsToDrop, retentionDaysOf } from '../src/index.ts';

const NOON = Date.UTC(2026, 10, 20, 12);

describe('how long events are kept', () => {
  test('is what the project says, else what the installation says', () => {
    expect(retentionDaysOf({ eventRetention: 30 }, 90)).toBe(30);
    expect(retentionDaysOf({ eventRetention: 0 }, 90)).toBe(0);
    for (const settings of [{}, { eventRetention: null }, { eventRetention: '30' }, { eventRetention: -1 }]) {
      expect(retentionDaysOf(settings, 90)).toBe(90);
    }
  });

  test('ends at midnight, so that one delete a day is enough', () => {
    expect(cutoffOf(NOON, 30)).toBe(Date.UTC(2026, 9, 21));
    expect(cutoffOf(NOON, 0)).toBeUndefined();
  });
});

describe('a month is dropped', () => {
  const months = [202607, 202608, 202609, 202611];
  const life = (projectId: number, days: number) => ({ projectId, days });

  test('when it ended before the longest life of any project began', () => {
    expect(endOfMonth(202608)).toBe(Date.UTC(2026, 8, 1));
    expect(endOfMonth(202612)).toBe(Date.UTC(2027, 0, 1));
    // 90 days before 20 November is 22 August.
    expect(monthsToDrop(months, [life(1, 30), life(2, 90)], 90, NOON)).toEqual([202607]);
    expect(monthsToDrop(months, [life(1, 30), life(2, 80)], 90, NOON)).toEqual([202607, 202608]);
  });

  test('on the very day on which its last day has been kept for long enough', () => {
    const days = (Date.UTC(2026, 10, 20) - Date.UTC(2026, 8, 1)) / 86_400_000;
    expect(monthsToDrop(months, [life(1, days)], 90, NOON)).toEqual([202607, 202608]);
    expect(monthsToDrop(months, [life(1, days + 1)], 90, NOON)).toEqual([202607]);
  });

  test('never while a project keeps everything', () => {
    expect(monthsToDrop(months, [life(1, 1), life(2, 0)], 90, NOON)).toEqual([]);
  });

  test('by the days of the installation where there is no project', () => {
    expect(monthsToDrop(months, [], 90, NOON)).toEqual([202607]);
  });
});
