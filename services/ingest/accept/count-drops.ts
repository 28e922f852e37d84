import type { Category, EnvelopeItem, Refusal } from '@culprit/protocol';
import type { IngestContext } from '../context.ts';
import type { Success } from './answer.ts';
import type { Sender } from './outcome-ledger.ts';
import { type Drop, dropsOf, limitsAfter } from './sort-items.ts';

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
