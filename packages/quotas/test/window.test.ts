import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowAt } from '../src/index.ts';

const at = (text: string): number => Date.parse(text);

describe('windows', () => {
  test.each([
    [60, '2026-11-20T12:34:56Z', '2026-11-20T12:34:00Z', '2026-11-20T12:35:00Z'],
    [3_600, '2026-11-20T12:34:56Z', '2026-11-20T12:00:00Z', '2026-11-20T13:00:00Z'],
    [86_400, '2026-11-20T12:34:56Z', '2026-11-20T00:00:00Z', '2026-11-21T00:00:00Z'],
    [2_592_000, '2026-11-20T12:34:56Z', '2026-11-01T00:00:00Z', '2026-12-01T00:00:00Z'],
    [2_678_400, '2024-02-29T23:59:59.999Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
  ])('of %i seconds begin where clocks and calendars do', (seconds, now, start, end) => {
    expect(windowAt(seconds, at(now))).toEqual({ start: at(start), end: at(end) });
  });

  test('follow each other without a gap and hold the moment they were asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 31 * 86_400 }),
        fc.integer({ min: 0, max: 4_102_444_800_000 }),
        (seconds, now) => {
          const window = windowAt(seconds, now);
          expect(window.start).toBeLessThanOrEqual(now);
          expect(window.end).toBeGreaterThan(now);
          expect(windowAt(seconds, window.end).start).toBe(window.end);
          expect(windowAt(seconds, window.end - 1)).toEqual(window);
        },
      ),
    );
  });
});
