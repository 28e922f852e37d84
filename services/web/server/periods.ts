import { type Point, statsPeriodSchema } from '@culprit/api';
import { badField } from './refusal.ts';

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** No question goes further back: it bounds what a query reads. */
export const LONGEST_PERIOD_MS = 90 * 86_400_000;

/** Milliseconds of a period such as `24h`, at most 90 days. @throws Refusal 400 that names `field` */
export function periodOf(text: string, field = 'statsPeriod'): number {
  if (!statsPeriodSchema.safeParse(text).success) throw badField(field, 'must be like 24h or 14d');
  const unit = UNITS[text.slice(-1)] ?? 0;
  return Math.min(Number(text.slice(0, -1)) * unit, LONGEST_PERIOD_MS);
}

/** The year 2200: beyond it stores and dates count differently. */
const LAST_TIME = 7_258_118_400_000;

/** Unix milliseconds of a time in ISO 8601, without an offset UTC, or in Unix seconds. @throws Refusal 400 that names `field` */
export function timeOf(field: 'start' | 'end', text: string): number {
  const isSeconds = /^[0-9]{1,11}(\.[0-9]{1,6})?$/.test(text);
  const isLocal = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{5,20}$/.test(text);
  const time = isSeconds
    ? Math.floor(Number(text) * 1_000)
    : text.length > 40
      ? Number.NaN
      : Date.parse(isLocal ? `${text.replace(' ', 'T')}Z` : text);
  if (!(time >= 0 && time <= LAST_TIME)) throw badField(field, 'must be a time such as 2026-11-20T15:00:00Z');
  return time;
}

const INTERVALS = [60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];
const MOST_POINTS = 170;

/** Seconds between the points of a chart over `periodMs`: 15 minutes for a day, 2 hours for a fortnight. */
export function intervalFor(periodMs: number): number {
  return INTERVALS.find((interval) => periodMs / 1_000 / interval <= MOST_POINTS) ?? 86_400;
}

export interface Span {
  /** Unix milliseconds, at the start of an interval. */
  readonly from: number;
  /** Unix milliseconds, exclusive. */
  readonly to: number;
  /** Seconds. */
  readonly interval: number;
}

/** The last `periodMs` until now, from the start of an interval on. */
export function spanOf(now: number, periodMs: number, interval = intervalFor(periodMs)): Span {
  const step = interval * 1_000;
  return { from: Math.floor((now - periodMs) / step) * step + step, to: now + 1, interval };
}

/** What was counted in an interval. */
export interface Bin {
  /** That are stored. */
  readonly events: number;
  /** That came, about: over a quota one that is kept stands for several. */
  readonly came: number;
}

export interface BinSeries {
  readonly points: Point[];
  /** Null where nothing was shed. */
  readonly came: Point[] | null;
}

export function seriesOf(span: Span, bins: ReadonlyMap<number, Bin>): BinSeries {
  const of = (count: (bin: Bin) => number): Point[] =>
    pointsOf(span, new Map([...bins].map(([start, bin]) => [start, count(bin)])));
  const wasShed = [...bins.values()].some(({ events, came }) => Math.round(came) > events);
  return {
    points: of(({ events }) => events),
    came: wasShed ? of(({ events, came }) => Math.max(events, Math.round(came))) : null,
  };
}

/** A point per interval of the span, 0 where nothing was counted. */
export function pointsOf(span: Span, counted: ReadonlyMap<number, number>): Point[] {
  const points: Point[] = [];
  for (let start = span.from / 1_000; start * 1_000 < span.to; start += span.interval) {
    points.push([start, counted.get(start) ?? 0]);
  }
  return points;
}
