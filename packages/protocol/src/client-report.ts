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
const categories: ReadonlySet<string> = new Set(CATEGORIES);

/**
 * What a client report says was discarded, summed by reason and category. Entries that make no sense (unknown category, reason over 200
 * characters, no positive quantity) are ignored; undefined when it is not JSON at all. Reads at most 100 different entries.
 */
export function parseClientReport(payload: Uint8Array): readonly Discarded[] | undefined {
  let report: unknown;
  try {
    report = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
  if (typeof report !== 'object' || report === null) return undefined;
  const entries = (report as { discarded_events?: unknown }).discarded_events;
  if (!Array.isArray(entries)) return [];
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

function toDiscarded(entry: unknown): Discarded | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { reason, category, quantity } = entry as { [key: string]: unknown };
  if (typeof reason !== 'string' || reason === '' || reason.length > MAX_REASON_LENGTH) return undefined;
  if (typeof category !== 'string' || !categories.has(category)) return undefined;
  if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity <= 0) return undefined;
  return { reason, category: category as Category, quantity: Math.min(MAX_QUANTITY, quantity) };
}
