/** A stretch of time in which a quota counts. Unix milliseconds; `end` is the first moment of the next one. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

const DAY_SECONDS = 86_400;
/** From this length on a window is a calendar month. */
const MONTH_SECONDS = 28 * DAY_SECONDS;

/**
 * The window of `seconds` that `now` is in. Windows begin at whole multiples of their length in UTC, so a minute at its first second, a
 * day at midnight; one of 28 days or more is the calendar month.
 */
export function windowAt(seconds: number, now: number): Window {
  if (seconds >= MONTH_SECONDS) {
    const date = new Date(now);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
  }
  const length = Math.max(1, seconds) * 1_000;
  const start = Math.floor(now / length) * length;
  return { start, end: start + length };
}
