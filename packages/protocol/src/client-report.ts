import { CATEGORIES, type Category } from './outcome.ts';

/** Items that an SDK dropped itself. */
export interface Discarded {
  readonly reason: string;
  readonly category: Category;
  readonly quantity: number;
}

const MAX_REASON_LENGTH = 200;
const MAX_ENTRIES = 100;
const MAX_QUANTITY = 1_000_000_000;
const HOUR_MS = 3_600_000;
const MAX_AGE_MS = 90 * 24 * HOUR_MS;
const MAX_AHEAD_MS = 60_000;
/** Relay corrects a clock only when it is wrong by this much. */
const MIN_DRIFT_MS = 55 * 60_000;
const categories: ReadonlySet<string> = new Set(CATEGORIES);

/**
 * What a client report says was discarded, summed by reason and category. Entries that make no sense (unknown category, reason over 200
 * characters, no positive quantity) are ignored, and so is a report from the future or from long ago; undefined when it is not JSON at all.
 * Reads at most 100 different entries.
 *
 * @param when `received` in Unix ms, and `sent_at` of the envelope, which tells how wrong the sender's clock is.
 */
export function parseClientReport(
  payload: Uint8Array,
  when: { readonly received: number; readonly sentAt?: string | undefined },
): readonly Discarded[] | undefined {
  let report: unknown;
  try {
    report = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
  if (typeof report !== 'object' || report === null) return undefined;
  const { discarded_events: entries, timestamp } = report as {
    discarded_events?: unknown;
    timestamp?: unknown;
  };
  if (!Array.isArray(entries) || !isTimely(timestamp, when)) return [];
  const sums = new Map<string, Discarded>();
  for (const entry of entries) {
    const discarded = toDiscarded(entry);
    if (discarded === undefined) continue;
    const key = `${discarded.category}:${discarded.reason}`;
    const sum = sums.get(key);
    if (sum === undefined && sums.size >= MAX_ENTRIES) continue;
    const quantity = Math.min(MAX_QUANTITY, discarded.quantity + (sum?.quantity ?? 0));
    sums.set(key, { ...discarded, quantity });
  }
  return [...sums.values()];
}

function isTimely(
  timestamp: unknown,
  { received, sentAt }: { readonly received: number; readonly sentAt?: string | undefined },
): boolean {
  const told = millisecondsOf(timestamp);
  if (told === undefined) return true;
  const drift = received - (millisecondsOf(sentAt) ?? received);
  const at = told + (Math.abs(drift) >= MIN_DRIFT_MS ? drift : 0);
  return at <= received + MAX_AHEAD_MS && at >= received - MAX_AGE_MS;
}

/** Unix milliseconds of seconds as a number or of a date as text. */
function millisecondsOf(value: unknown): number | undefined {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isFinite(ms) ? ms : undefined;
}

function toDiscarded(entry: unknown): Discarded | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { reason, category, quantity } = entry as { [key: string]: unknown };
  if (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON_LENGTH) return undefined;
  if (typeof category !== 'string' || !categories.has(category)) return undefined;
  if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity <= 0) return undefined;
  return { reason, category: category as Category, quantity: Math.min(MAX_QUANTITY, quantity) };
}
