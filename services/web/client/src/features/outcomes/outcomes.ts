import type { Stats } from '@culprit/api';

/** What became of an item, in the order in which it is stacked and told. */
export const OUTCOMES = ['accepted', 'filtered', 'rate_limited', 'invalid', 'abuse'] as const;
export type ReceivedOutcome = (typeof OUTCOMES)[number];

export const OUTCOME_WORDS: Readonly<Record<ReceivedOutcome, string>> = {
  accepted: 'accepted',
  filtered: 'filtered',
  rate_limited: 'rate limited',
  invalid: 'invalid',
  abuse: 'abuse',
};
export const OUTCOME_COLOURS: Readonly<Record<ReceivedOutcome, string>> = {
  accepted: 'calm',
  filtered: 'cat-3',
  rate_limited: 'cat-2',
  invalid: 'cat-4',
  abuse: 'cat-6',
};
const REASON_COLOURS = ['cat-1', 'cat-2', 'cat-3', 'cat-4', 'cat-5'] as const;

export type ItemKind = 'all' | 'errors' | 'sessions' | 'attachments';
const CATEGORIES: Readonly<Record<Exclude<ItemKind, 'all'>, readonly string[]>> = {
  errors: ['error', 'default', 'security'],
  sessions: ['session'],
  attachments: ['attachment_item'],
};
/** Counted in bytes, not in items. */
const BYTES: readonly string[] = ['attachment', 'log_byte'];
const FIELD = 'sum(quantity)';

/** Items of one outcome and reason. */
export interface Tally {
  readonly outcome: string;
  /** '' for accepted. */
  readonly reason: string;
  readonly total: number;
  /** Per interval. */
  readonly series: readonly number[];
}

/** Sums over the categories of a kind of item, the largest first. */
export function talliesOf(stats: Stats, kind: ItemKind): readonly Tally[] {
  const sums = new Map<string, { outcome: string; reason: string; total: number; series: number[] }>();
  for (const { by, totals, series } of stats.groups) {
    const category = String(by.category ?? '');
    if (kind === 'all' ? BYTES.includes(category) : !CATEGORIES[kind].includes(category)) continue;
    const [outcome, reason] = [String(by.outcome ?? ''), String(by.reason ?? '')];
    const key = `${outcome}\n${reason}`;
    const sum = sums.get(key) ?? { outcome, reason, total: 0, series: stats.intervals.map(() => 0) };
    sums.set(key, sum);
    sum.total += totals[FIELD] ?? 0;
    for (const [i, count] of (series[FIELD] ?? []).entries()) sum.series[i] = (sum.series[i] ?? 0) + count;
  }
  return [...sums.values()].filter(({ total }) => total > 0).toSorted((a, b) => b.total - a.total);
}

export const isReceived = ({ outcome }: Pick<Tally, 'outcome'>): boolean => outcome !== 'client_discard';

/** A layer of the stacked bars. */
export interface Layer {
  readonly key: string;
  readonly word: string;
  /** Name of a colour token. */
  readonly colour: string;
  readonly total: number;
  readonly series: readonly number[];
}

/** One layer per outcome that occurs, accepted at the bottom. */
export function layersByOutcome(tallies: readonly Tally[]): readonly Layer[] {
  return OUTCOMES.flatMap((outcome) => {
    const own = tallies.filter((tally) => tally.outcome === outcome);
    if (own.length === 0) return [];
    return [layerOf(outcome, OUTCOME_WORDS[outcome], OUTCOME_COLOURS[outcome], own)];
  });
}

/** One layer for what was accepted, one for each of the five reasons that took most, and one for the rest. */
export function layersByReason(
  tallies: readonly Tally[],
  wordOf: (tally: Pick<Tally, 'outcome' | 'reason'>) => string,
): readonly Layer[] {
  const accepted = tallies.filter(({ outcome }) => outcome === 'accepted');
  const refused = tallies.filter((tally) => isReceived(tally) && tally.outcome !== 'accepted');
  const named = refused.slice(0, REASON_COLOURS.length);
  const others = refused.slice(REASON_COLOURS.length);
  return [
    ...(accepted.length === 0 ? [] : [layerOf('accepted', OUTCOME_WORDS.accepted, 'calm', accepted)]),
    ...named.map((tally, i) =>
      layerOf(`${tally.outcome} ${tally.reason}`, wordOf(tally), REASON_COLOURS[i] ?? 'calm-strong', [tally]),
    ),
    ...(others.length === 0 ? [] : [layerOf('other', 'other reasons', 'calm-strong', others)]),
  ];
}

function layerOf(key: string, word: string, colour: string, tallies: readonly Tally[]): Layer {
  const [first] = tallies;
  const series = (first?.series ?? []).map((_, i) =>
    tallies.reduce((sum, one) => sum + (one.series[i] ?? 0), 0),
  );
  return { key, word, colour, total: tallies.reduce((sum, one) => sum + one.total, 0), series };
}

/** The colour that a reason has in the chart, as CSS; undefined where it has none. */
export function colourOf({ outcome, reason }: Tally, layers: readonly Layer[]): string | undefined {
  const layer =
    layers.find(({ key }) => key === `${outcome} ${reason}`) ??
    layers.find(({ key }) => key === outcome) ??
    layers.find(({ key }) => key === 'other');
  return layer === undefined ? undefined : `var(--${layer.colour})`;
}

/** The interval that a period is shown in: days from a week on. */
export function intervalOf(periodMs: number): '1m' | '15m' | '1h' | '1d' {
  const hours = periodMs / 3_600_000;
  if (hours <= 1) return '1m';
  if (hours <= 12) return '15m';
  return hours <= 72 ? '1h' : '1d';
}

export const INTERVAL_SECONDS = { '1m': 60, '15m': 900, '1h': 3_600, '1d': 86_400 } as const;
