const DAY_MS = 24 * 3600 * 1000;

/** What one project keeps. */
export interface ProjectLife {
  readonly projectId: number;
  /** Whole days; 0: for ever. */
  readonly days: number;
}

/** Days from a project's settings (`eventRetention`), else the installation's. 0 means for ever. */
export function retentionDaysOf(settings: Readonly<Record<string, unknown>>, byDefault: number): number {
  const days = settings.eventRetention;
  return typeof days === 'number' && Number.isInteger(days) && days >= 0 ? days : byDefault;
}

/** What was received before this, in unix milliseconds, goes; undefined: nothing does. Whole days (UTC), so that one delete a day is all of it. */
export function cutoffOf(now: number, days: number): number | undefined {
  if (days === 0) return undefined;
  return Math.floor(now / DAY_MS) * DAY_MS - days * DAY_MS;
}

/**
 * The months (`202611`) of a table that every project lets go: they have ended before the longest life began. `keepDays` counts as one
 * project more: what belongs to nobody is kept no longer.
 */
export function monthsToDrop(
  months: readonly number[],
  lives: readonly ProjectLife[],
  keepDays: number,
  now: number,
): readonly number[] {
  const days = lives.length === 0 ? [keepDays] : lives.map((life) => life.days);
  if (days.includes(0)) return [];
  const cutoff = cutoffOf(now, Math.max(...days));
  return cutoff === undefined ? [] : months.filter((month) => endOfMonth(month) <= cutoff);
}

/** First moment after a month (`202611`), in unix milliseconds. */
export function endOfMonth(month: number): number {
  return Date.UTC(Math.floor(month / 100), month % 100, 1);
}
