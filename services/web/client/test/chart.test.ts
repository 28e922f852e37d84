import type { DeployReference, Point } from '@culprit/api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelWidthOf, placeMarks } from '../src/ui/chart/marks.ts';
import { barsPath, heightScaleOf, percentOf, timeTicksOf } from '../src/ui/chart/scale.ts';

const START = Date.parse('2026-11-20T09:06:00Z');
const HOUR = 3_600_000;
const SPAN = { start: START, end: START + 6 * HOUR };

function deploy(number: number, hours: number, project = 'web'): DeployReference {
  return {
    id: String(number),
    number,
    environment: 'production',
    version: `${project}@5.${number}.0`,
    dateFinished: new Date(START + hours * HOUR).toISOString(),
    projects: [project],
  };
}

describe('marks of deploys', () => {
  test('a label stands right of its pole, near the right edge left of it', () => {
    const marks = placeMarks([deploy(410, 1), deploy(412, 5.8)], SPAN, 900);
    expect(marks.map(({ deploy: { number }, isLeft, beside }) => [number, isLeft, beside])).toEqual([
      [410, false, 'web@5.410.0'],
      [412, true, 'web@5.412.0'],
    ]);
  });

  test('whoever has no room drops the version, then the project, then the label; the newest keeps most', () => {
    const middleOf = (hours: number) =>
      placeMarks([deploy(1, 3), deploy(2, 3.02), deploy(3, hours)], SPAN, 900).map(({ beside }) => beside);
    expect([4, 3.45, 3.3, 3.1].map(middleOf)).toEqual([
      ['web@5.1.0', 'web@5.2.0', 'web@5.3.0'],
      ['web@5.1.0', 'web', 'web@5.3.0'],
      ['web@5.1.0', '', 'web@5.3.0'],
      ['web@5.1.0', undefined, 'web@5.3.0'],
    ]);
  });

  test('a deploy outside of the span has no mark', () => {
    expect(placeMarks([deploy(1, -1), deploy(2, 7)], SPAN, 900)).toEqual([]);
  });

  test('labels never overlap each other or another pole', () => {
    const some = fc.array(fc.double({ min: 0, max: 6, noNaN: true }), { maxLength: 30 });
    fc.assert(
      fc.property(some, fc.integer({ min: 100, max: 1_600 }), (hours, width) => {
        const marks = placeMarks(
          hours.map((hour, i) => deploy(400 + i, hour)),
          SPAN,
          width,
        );
        const boxes = marks
          .filter(({ beside }) => beside !== undefined)
          .map(({ deploy: { number }, percent, isLeft, beside = '' }) => {
            const wide = labelWidthOf(number, beside);
            const at = (percent / 100) * width;
            return isLeft ? [at - wide, at] : [at, at + wide];
          })
          .sort(([a = 0], [b = 0]) => a - b);
        for (const [i, [from = 0]] of boxes.entries()) {
          const [, before = Number.NEGATIVE_INFINITY] = boxes[i - 1] ?? [];
          expect(from).toBeGreaterThanOrEqual(before);
        }
      }),
    );
  });
});

describe('scales', () => {
  test('three events do not look like a wave', () => {
    expect(heightScaleOf([[0, 3]]).top).toBeGreaterThanOrEqual(5);
  });

  test('hairlines are round, whole, below the top, and at most two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (most) => {
        const { top, lines } = heightScaleOf([[0, most]]);
        expect(top).toBeGreaterThan(most);
        expect(lines.length).toBeGreaterThan(0);
        expect(lines.length).toBeLessThanOrEqual(2);
        for (const line of lines) expect(Number.isInteger(line) && line > 0 && line <= top).toBe(true);
      }),
    );
  });

  test('an empty bin draws nothing, the last bin ends now', () => {
    const points: Point[] = [
      [START / 1_000, 0],
      [START / 1_000 + 3_600, 5],
    ];
    const path = barsPath(
      points,
      3_600,
      { start: START, end: START + 1.5 * HOUR },
      { width: 900, height: 100, top: 10 },
    );
    expect(path).toBe('M601.8 100v-50h296.4v50z');
  });

  test('time labels are at round times of the zone, the first moment and now always', () => {
    expect(timeTicksOf(SPAN, 'UTC', 900).map(({ text }) => text)).toEqual([
      '09:06',
      '10:00',
      '11:00',
      '12:00',
      '13:00',
      '14:00',
      'now',
    ]);
    const narrow = timeTicksOf(SPAN, 'UTC', 280);
    expect(narrow.map(({ text }) => text)).toEqual(['09:06', '12:00', 'now']);
  });

  test('a moment stands where it belongs', () => {
    expect(percentOf(START + 3 * HOUR, SPAN)).toBe(50);
  });
});
