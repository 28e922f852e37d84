import type { Category, EnvelopeItem, Refusal } from '@culprit/protocol';
import type { IngestContext } from '../context.ts';
import type { Success } from './answer.ts';
import { oversized } from './item-limits.ts';
import type { Sender } from './outcome-ledger.ts';
import { type Drop, dropsOf, limitsAfter, type SortedItems } from './sort-items.ts';

/** Counts a request of a known sender that is refused before its items are known; overload is no outcome, the sender did nothing wrong. */
export function refuseRequest(refusal: Refusal, sender: Sender, context: IngestContext): Refusal {
  if (refusal.status < 500) context.outcomes.add(sender, 'invalid', refusal.reason, 'default', 1);
  return refusal;
}

/** Counts every item of an envelope that is refused as a whole. */
export function refuseItems(
  refusal: Refusal,
  items: readonly EnvelopeItem[],
  sender: Sender,
  context: IngestContext,
): Refusal {
  for (const item of items) countDrops(dropsOf(item, refusal.reason), sender, context);
  return refusal;
}

/**
 * Refuses a crash whose event, made of `items`, is larger than an event may be, and counts each of them and the event; undefined for any
 * other.
 *
 * @param said bytes of what else it should have been made of.
 */
export function refuseLargeCrash(
  { event }: SortedItems,
  items: readonly EnvelopeItem[],
  sender: Sender,
  context: IngestContext,
  said = 0,
): Refusal | undefined {
  if (event?.itemType !== 'minidump') return undefined;
  if (Math.max(event.payload.length, said) <= context.limits.eventBytes) return undefined;
  const made: EnvelopeItem = { header: { type: 'event' }, payload: event.payload };
  return refuseItems(oversized('event'), [made, ...items], sender, context);
}

export function countDrops(drops: readonly Drop[], sender: Sender, context: IngestContext): void {
  for (const { outcome, reason, category, quantity, release } of drops) {
    context.outcomes.add(sender, outcome, reason, category, quantity, release);
  }
}

/** The answer to something that this server takes and does not keep: all is well, and do not send more of it. */
export function answerUnsupported(category: Category, sender: Sender, context: IngestContext): Success {
  const drops = [{ outcome: 'invalid', reason: 'feature_disabled', category, quantity: 1 }] as const;
  countDrops(drops, sender, context);
  const limits = limitsAfter(drops);
  return { ok: true, ...(limits === undefined ? {} : { limits }) };
}
