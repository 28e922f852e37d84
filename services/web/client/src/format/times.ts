import type { Zone } from '../app/preferences.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function zoned(options: Intl.DateTimeFormatOptions): Record<Zone, Intl.DateTimeFormat> {
  return {
    UTC: new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' }),
    local: new Intl.DateTimeFormat('en-GB', options),
  };
}

const CLOCK = zoned({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const CLOCK_SECONDS = zoned({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DATE = zoned({ day: 'numeric', month: 'short' });
const DATE_YEAR = zoned({ day: 'numeric', month: 'short', year: 'numeric' });
const WEEKDAY = zoned({ weekday: 'short' });

/** `14:31` */
export function formatClock(at: number, zone: Zone): string {
  return CLOCK[zone].format(at);
}

/** `14:31:08` */
export function formatClockSeconds(at: number, zone: Zone): string {
  return CLOCK_SECONDS[zone].format(at);
}

/** `12 Nov`; with the year when it is not the one of `now`. */
export function formatDate(at: number, now: number, zone: Zone): string {
  const withYear = DATE_YEAR[zone].format(at);
  return withYear.slice(-4) === DATE_YEAR[zone].format(now).slice(-4) ? DATE[zone].format(at) : withYear;
}

/** `20 Nov 2026, 15:05:52.118 UTC` */
export function formatExact(at: number, zone: Zone): string {
  const milliseconds = String(((at % SECOND) + SECOND) % SECOND).padStart(3, '0');
  const name = zone === 'UTC' ? 'UTC' : 'local time';
  return `${DATE_YEAR[zone].format(at)}, ${CLOCK_SECONDS[zone].format(at)}.${milliseconds} ${name}`;
}

/** Both zones, the chosen one first: what a tooltip says. */
export function formatBothZones(at: number, zone: Zone): string {
  const other: Zone = zone === 'UTC' ? 'local' : 'UTC';
  return `${formatExact(at, zone)} · ${formatExact(at, other)}`;
}

/** `14:31` today, `Wed 20:31` within a week, else `12 Nov`. */
export function formatWhen(at: number, now: number, zone: Zone): string {
  if (DATE_YEAR[zone].format(at) === DATE_YEAR[zone].format(now)) return formatClock(at, zone);
  if (Math.abs(now - at) < 6 * DAY) return `${WEEKDAY[zone].format(at)} ${formatClock(at, zone)}`;
  return formatDate(at, now, zone);
}

/** `8 s`, `2 min`, `29 h`, `5 days`: how long something is, cut down to its largest unit. */
export function formatSpan(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < 48 * HOUR) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} days`;
}

/** The same in words: `3 minutes`, `1 hour`. */
export function formatSpanInWords(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  const [size, unit] =
    span < MINUTE
      ? ([SECOND, 'second'] as const)
      : span < HOUR
        ? ([MINUTE, 'minute'] as const)
        : span < 48 * HOUR
          ? ([HOUR, 'hour'] as const)
          : ([DAY, 'day'] as const);
  const count = Math.floor(span / size);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Time past in a row: `8 s`, … `29 days`, then the date. */
export function formatAge(at: number, now: number, zone: Zone): string {
  return now - at < 30 * DAY ? formatSpan(now - at) : formatDate(at, now, zone);
}

/** Time past in a sentence: `8 seconds ago`, then the date. */
export function formatAgo(at: number, now: number, zone: Zone): string {
  if (now - at < SECOND) return 'just now';
  return now - at < 30 * DAY ? `${formatSpanInWords(now - at)} ago` : formatDate(at, now, zone);
}

/** Time before the error: `−2.3 s`, `−2:50`, `−1:02:03`. */
export function formatBefore(milliseconds: number): string {
  if (milliseconds < 0) return `+${formatBefore(-milliseconds).slice(1)}`;
  if (milliseconds < MINUTE) return `−${(milliseconds / SECOND).toFixed(1)} s`;
  const seconds = Math.floor(milliseconds / SECOND);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return `−${shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')}`;
}

const PERIOD_UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
const PERIOD_WORDS: Readonly<Record<string, string>> = { s: 's', m: 'min', h: 'h', d: 'days', w: 'weeks' };

/** Milliseconds of `24h`; 24 hours when it is not understood. */
export function periodMsOf(period: string): number {
  return Number.parseInt(period, 10) * (PERIOD_UNITS[period.slice(-1)] ?? Number.NaN) || DAY;
}

/** `24h` → `24 h`, `14d` → `14 days`. */
export function formatPeriod(period: string): string {
  return `${Number.parseInt(period, 10)} ${PERIOD_WORDS[period.slice(-1)] ?? ''}`;
}

/** A bin's length: `15 minutes`, `1 hour`, `1 day`. */
export function formatInterval(seconds: number): string {
  const text =
    seconds % 86_400 === 0
      ? [seconds / 86_400, 'day']
      : seconds % 3_600 === 0
        ? [seconds / 3_600, 'hour']
        : [seconds / 60, 'minute'];
  return text[0] === 1 ? String(text[1]) : `${text[0]} ${text[1]}s`;
}
