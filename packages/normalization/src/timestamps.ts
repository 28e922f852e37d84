import type { FieldRule } from './field-rules.ts';
import type { Notes } from './notes.ts';

/** 9999-12-31T23:59:59Z; a later instant, such as an epoch in milliseconds, is no timestamp. Unix seconds. */
const LAST_SECOND = 253_402_300_799;
const FUTURE_SECONDS = 60;
/** Relay: smaller drift is left alone. */
const DRIFT_SECONDS = 55 * 60;
const DAY_SECONDS = 86_400;

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/;

/** Unix seconds with microseconds, from ISO 8601 text (no zone means UTC) or a number of seconds; undefined for anything else. */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value === 'number') return inRange(Math.round(value * 1e6) / 1e6);
  if (typeof value !== 'string' || value.length > 48) return undefined;
  const match = ISO.exec(value);
  if (match === null) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const second = Number(match[6] ?? 0);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1) return undefined;
  const zone =
    match[9] === undefined ? 0 : (Number(match[10]) * 60 + Number(match[11])) * (match[9] === '-' ? -60 : 60);
  const whole = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - zone;
  const micros = match[7] === undefined ? 0 : Number(match[7].slice(0, 6).padEnd(6, '0'));
  return inRange(Math.round(whole * 1e6 + micros) / 1e6);
}

function inRange(seconds: number): number | undefined {
  return Number.isFinite(seconds) && Math.abs(seconds) <= LAST_SECOND ? seconds : undefined;
}

/** The clock of one event: what to add to the sender's timestamps, and when it came. Unix seconds. */
export interface EventClock {
  readonly received: number;
  readonly drift: number;
  /** By the sender's clock; only where there is a drift to correct. */
  readonly sent?: number;
}

/**
 * The clock of an event. The sender's clock is off by the time between sending and receiving, and it is corrected when that is at least
 * 55 minutes; `sentAt` is the envelope's `sent_at`.
 */
export function eventClock(receivedMs: number, sentAt: unknown): EventClock {
  const received = receivedMs / 1000;
  const sent = parseTimestamp(sentAt);
  if (sent === undefined || Math.abs(received - sent) < DRIFT_SECONDS) return { received, drift: 0 };
  return { received, drift: received - sent, sent };
}

/** Adds the drift; microseconds. */
export function corrected(seconds: number, clock: EventClock): number {
  return clock.drift === 0 ? seconds : Math.round((seconds + clock.drift) * 1e6) / 1e6;
}

/**
 * When the event happened, by the sender's corrected clock; `received` when it is missing, unusable, in the future or older than retention (days; 0: for
 * ever). Undefined when it is before 1970: such an event is dropped (Relay: invalid, timestamp).
 */
export function eventTimestamp(
  value: unknown,
  clock: EventClock,
  retentionDays: number,
  notes: Notes,
): number | undefined {
  if (value === null || value === undefined) return clock.received;
  const sent = parseTimestamp(value);
  if (sent === undefined) {
    notes.invalid(null, 'timestamp', timestampFault(value), value);
    return clock.received;
  }
  const seconds = corrected(sent, clock);
  if (seconds < 0) return undefined;
  const server_time = isoOf(clock.received);
  if (clock.sent !== undefined) {
    notes.note(null, 'timestamp', 'clock_drift', { sdk_time: isoOf(clock.sent), server_time });
  }
  const fault = faultOf(seconds, clock.received, retentionDays);
  if (fault === undefined) return seconds;
  notes.note(null, 'timestamp', fault, { sdk_time: isoOf(seconds), server_time });
  return clock.received;
}

function faultOf(
  seconds: number,
  received: number,
  retentionDays: number,
): 'future_timestamp' | 'past_timestamp' | undefined {
  if (seconds > received + FUTURE_SECONDS) return 'future_timestamp';
  return retentionDays > 0 && seconds < received - retentionDays * DAY_SECONDS ? 'past_timestamp' : undefined;
}

/** A timestamp inside the event. */
export function timestampRule(clock: EventClock): FieldRule {
  return (value, notes, path, key) => {
    const seconds = parseTimestamp(value);
    if (seconds !== undefined) return corrected(seconds, clock);
    notes.invalid(path, key, timestampFault(value), value);
    return undefined;
  };
}

function timestampFault(value: unknown): string {
  return typeof value === 'number' ? 'timestamp out of range' : 'expected a timestamp';
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
