import type { EnvelopeItem, Refusal } from '@culprit/protocol';
import type { Admitted } from '../accept/admit.ts';
import type { Sender } from '../accept/outcome-ledger.ts';
import { type Drop, dropsOf } from '../accept/sort-items.ts';
import type { IngestContext } from '../context.ts';

/** Counts a request of a known sender that is refused before its items are known; overload is no outcome, the sender did nothing wrong. */
export function refuseRequest(refusal: Refusal, { key }: Admitted, context: IngestContext): Refusal {
  if (refusal.status < 500) context.outcomes.add(key, 'invalid', refusal.reason, 'default', 1);
  return refusal;
}

/** Counts every item of an envelope that is refused as a whole. */
export function refuseItems(
  refusal: Refusal,
  items: readonly EnvelopeItem[],
  { key }: Admitted,
  context: IngestContext,
): Refusal {
  for (const item of items) countDrops(dropsOf(item, refusal.reason), key, context);
  return refusal;
}

export function countDrops(drops: readonly Drop[], sender: Sender, context: IngestContext): void {
  for (const { outcome, reason, category, quantity } of drops) {
    context.outcomes.add(sender, outcome, reason, category, quantity);
  }
}
