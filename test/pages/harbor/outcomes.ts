import type { Stats } from '@culprit/api';
import { DAY, HOUR, NOW, noiseOf } from './moments.ts';

interface Flow {
  readonly outcome: string;
  readonly reason: string;
  readonly category: string;
  /** Items in an hour that begins then; Unix milliseconds. */
  readonly perHour: (start: number) => number;
}

const STEP: Readonly<Record<string, number>> = { '1m': 60_000, '15m': 900_000, '1h': HOUR, '1d': DAY };
const UNIT: Readonly<Record<string, number>> = { h: HOUR, d: DAY };
const FIELD = 'sum(quantity)';
/** Since then web runs into its own limit: deploy #412 tripled its errors. */
const BROKEN = Date.parse('2026-11-20T14:23:00Z');
/** More by day than by night. */
const byDay = (start: number): number => 1 - 0.7 * Math.sin(((start % DAY) / DAY) * Math.PI) ** 2;

const FLOWS: readonly Flow[] = [
  { outcome: 'accepted', reason: '', category: 'error', perHour: (start) => 1_900 * byDay(start) },
  { outcome: 'accepted', reason: '', category: 'session', perHour: (start) => 51_000 * byDay(start) },
  { outcome: 'accepted', reason: '', category: 'attachment', perHour: () => 40_000_000 },
  { outcome: 'accepted', reason: '', category: 'attachment_item', perHour: () => 41 },
  {
    outcome: 'rate_limited',
    reason: 'shed',
    category: 'error',
    perHour: (start) => (start + HOUR > BROKEN ? 8_200 : 0),
  },
  {
    outcome: 'rate_limited',
    reason: 'key_quota',
    category: 'error',
    perHour: (start) => (start + HOUR > BROKEN ? 610 : 0),
  },
  { outcome: 'filtered', reason: 'browser-extensions', category: 'error', perHour: (s) => 390 * byDay(s) },
  { outcome: 'filtered', reason: 'web-crawlers', category: 'error', perHour: () => 184 },
  { outcome: 'filtered', reason: 'error-message', category: 'error', perHour: () => 47 },
  { outcome: 'invalid', reason: 'invalid_compression', category: 'default', perHour: () => 49 },
  { outcome: 'invalid', reason: 'duplicate', category: 'error', perHour: () => 11 },
  { outcome: 'invalid', reason: 'timestamp', category: 'error', perHour: () => 1.4 },
  { outcome: 'client_discard', reason: 'sample_rate', category: 'error', perHour: () => 1_300 },
  { outcome: 'client_discard', reason: 'before_send', category: 'error', perHour: () => 287 },
  { outcome: 'client_discard', reason: 'queue_overflow', category: 'error', perHour: () => 14 },
];

/** What became of the items of a period, as `stats_v2` tells it by outcome, reason and category. */
export function outcomeStats(query: URLSearchParams): Stats {
  const period = query.get('statsPeriod') ?? '24h';
  const step = STEP[query.get('interval') ?? '1h'] ?? HOUR;
  const length = Number.parseInt(period, 10) * (UNIT[period.slice(-1)] ?? DAY);
  const from = Math.floor((NOW - length) / step) * step;
  const starts: number[] = [];
  for (let start = from; start <= NOW; start += step) starts.push(start);
  const noise = noiseOf(7);
  return {
    start: new Date(from).toISOString(),
    end: new Date(NOW).toISOString(),
    intervals: starts.map((start) => new Date(start).toISOString()),
    groups: FLOWS.map(({ perHour, ...by }) => {
      const series = starts.map((start) => {
        const hours = Math.max(1, step / HOUR);
        const perStep = Array.from({ length: hours }, (_, i) => perHour(start + i * HOUR));
        const sum = perStep.reduce((total, count) => total + count, 0) * Math.min(1, step / HOUR);
        const lived = Math.min(1, (NOW - start) / step);
        return Math.round(sum * lived * (0.9 + 0.2 * noise()));
      });
      const total = series.reduce((sum, count) => sum + count, 0);
      return { by, totals: { [FIELD]: total }, series: { [FIELD]: series } };
    }),
  };
}
