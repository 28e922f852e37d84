import type { Point } from '@culprit/api';
import type { Zone } from '../../app/preferences.ts';
import { formatClock, formatDate } from '../../format/times.ts';

/** Three events must not look like a wave. */
const LEAST_TOP = 5;

export interface HeightScale {
  readonly top: number;
  /** Values of the hairlines. */
  readonly lines: readonly number[];
}

/** Two round hairlines and a top just above the highest bar. */
export function heightScaleOf(points: readonly Point[]): HeightScale {
  const top = points.reduce((most, [, count]) => Math.max(most, count), LEAST_TOP) * 1.04;
  const rough = top / 2.2;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, ([5, 2.5, 2, 1].find((round) => round * power <= rough) ?? 1) * power);
  const whole = step < 10 ? Math.floor(step) : step;
  return { top, lines: [whole, whole * 2].filter((line) => line <= top) };
}

export interface TimeSpan {
  /** Unix milliseconds. */
  readonly start: number;
  readonly end: number;
}

/** Where a moment stands in the span, in percent. */
export function percentOf(at: number, { start, end }: TimeSpan): number {
  return end <= start ? 0 : ((at - start) / (end - start)) * 100;
}

const round = (value: number): number => Math.round(value * 100) / 100;

interface PlotBox {
  readonly width: number;
  readonly height: number;
  /** Value at the upper edge. */
  readonly top: number;
}

/** Left edge and width of a bar, with a gap to the next one. */
function placeOf(
  from: number,
  to: number,
  span: TimeSpan,
  width: number,
): readonly [left: number, wide: number] {
  const scale = width / (span.end - span.start);
  const left = (Math.max(from, span.start) - span.start) * scale;
  const right = (Math.min(to, span.end) - span.start) * scale;
  const gap = Math.min((right - left) * 0.22, width / 250);
  return [left + gap / 2, Math.max(right - left - gap, width / 1_000)];
}

/** One path for all bars, in a box of `width` × `height`. */
export function barsPath(points: readonly Point[], interval: number, span: TimeSpan, box: PlotBox): string {
  return points
    .filter(([, count]) => count > 0)
    .map(([seconds, count]) => {
      const [left, wide] = placeOf(seconds * 1_000, (seconds + interval) * 1_000, span, box.width);
      const high = Math.max((count / box.top) * box.height, box.height * 0.02);
      return `M${round(left)} ${box.height}v${round(-high)}h${round(wide)}v${round(high)}z`;
    })
    .join('');
}

/** The paths of layers that stand one on the other, the first one at the bottom. What is there is seen, however little it is. */
export function stackPaths(
  layers: readonly (readonly number[])[],
  starts: readonly number[],
  seconds: number,
  span: TimeSpan,
  box: PlotBox,
): readonly string[] {
  const heights = starts.map(() => 0);
  return layers.map((counts) =>
    starts
      .map((start, i) => {
        const count = counts[i] ?? 0;
        if (count === 0) return '';
        const [left, wide] = placeOf(start, start + seconds * 1_000, span, box.width);
        const high = Math.max((count / box.top) * box.height, box.height * 0.008);
        const under = heights[i] ?? 0;
        heights[i] = under + high;
        return `M${round(left)} ${round(box.height - under)}v${round(-high)}h${round(wide)}v${round(high)}z`;
      })
      .join(''),
  );
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  4 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
];
/** Room that a time label needs beside the first and the last. */
const LABEL_PX = 52;

export interface TimeTick {
  readonly percent: number;
  readonly text: string;
  readonly edge?: 'first' | 'last';
}

function offsetOf(at: number, zone: Zone): number {
  return zone === 'UTC' ? 0 : -new Date(at).getTimezoneOffset() * MINUTE;
}

/** Labels at round times of the zone; the first moment always, and `now` at the end. `width` in pixels. */
export function timeTicksOf(span: TimeSpan, zone: Zone, width: number): readonly TimeTick[] {
  const most = Math.max(2, Math.min(8, Math.floor(width / 90)));
  const margin = (LABEL_PX / Math.max(width, 1)) * 100;
  const length = span.end - span.start;
  const step = STEPS.find((one) => length / one <= most) ?? 28 * DAY;
  const text = (at: number): string => (step >= DAY ? formatDate(at, span.end, zone) : formatClock(at, zone));
  const offset = offsetOf(span.start, zone);
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil((span.start + offset) / step) * step - offset; at < span.end; at += step) {
    const percent = percentOf(at, span);
    if (percent > margin && percent < 100 - margin) ticks.push({ percent, text: text(at) });
  }
  return [
    { percent: 0, text: text(span.start), edge: 'first' },
    ...ticks,
    { percent: 100, text: 'now', edge: 'last' },
  ];
}
