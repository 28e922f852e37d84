import type { RateLimit } from '@culprit/protocol';
import type { Count, Decision, Fate, LimitedItem, Spending } from '@culprit/quotas';
import type { Drop, SortedItems } from '../accept/sort-items.ts';

/** What is left of a request. */
export interface Limited {
  readonly sorted: SortedItems;
  /** What the sender is told with a 429; empty: nothing was limited. */
  readonly exceeded: readonly RateLimit[];
  /** Of an event that was kept though the quota is spent. */
  readonly keptWeight?: number;
  /** What quotas have counted; absent where there are none. */
  readonly counted?: { readonly spent: readonly Spending[]; readonly at: number };
}

/** The items of a request that quotas count: the event, if there is one, then attachments, then the others. */
export function limitedItemsOf({ event, attachments, others }: SortedItems): readonly LimitedItem[] {
  const role = event === undefined ? 'alone' : 'with_event';
  const items: LimitedItem[] = [];
  if (event !== undefined) {
    const { category } = event;
    items.push({ counts: [{ category, quantity: 1 }], role: 'event', isSheddable: category === 'error' });
  }
  for (const { payload } of attachments) {
    items.push({ counts: countsOfAttachment(payload), role, isSheddable: false });
  }
  for (const { kind, category } of others) {
    const ownRole = kind === 'user_report' ? role : 'alone';
    items.push({ counts: [{ category, quantity: 1 }], role: ownRole, isSheddable: false });
  }
  return items;
}

/** Takes out what was not accepted, with its outcomes. `items` are those of `limitedItemsOf`, with which the decision was made. */
export function withoutLimited(
  sorted: SortedItems,
  items: readonly LimitedItem[],
  decision: Decision,
  now: number,
): Limited {
  const { fates, limits: exceeded, spent } = decision;
  const counted = { spent, at: now };
  if (fates.every((fate) => fate.isAccepted && fate.weight === 1)) return { sorted, exceeded, counted };
  const hasEvent = sorted.event !== undefined;
  const firstAttachment = hasEvent ? 1 : 0;
  const firstOther = firstAttachment + sorted.attachments.length;
  const isAccepted = (at: number): boolean => fates[at]?.isAccepted === true;
  const { event, ...rest } = sorted;
  const [first] = fates;
  const weight = hasEvent && first?.isAccepted === true ? first.weight : 1;
  return {
    sorted: {
      ...rest,
      ...(event !== undefined && isAccepted(0) ? { event } : {}),
      attachments: sorted.attachments.filter((_, i) => isAccepted(firstAttachment + i)),
      others: sorted.others.filter((_, i) => isAccepted(firstOther + i)),
      drops: [...sorted.drops, ...items.flatMap(({ counts }, i) => dropsOf(counts, fates[i]))],
    },
    exceeded,
    counted,
    ...(weight === 1 ? {} : { keptWeight: weight }),
  };
}

function dropsOf(counts: readonly Count[], fate: Fate | undefined): readonly Drop[] {
  if (fate === undefined || fate.isAccepted) return [];
  const { reason, release } = fate;
  return counts.map(({ category, quantity }) => ({
    outcome: 'rate_limited',
    reason,
    category,
    quantity,
    ...(release === undefined ? {} : { release }),
  }));
}

function countsOfAttachment(payload: Uint8Array): readonly Count[] {
  return [
    { category: 'attachment', quantity: Math.max(1, payload.length) },
    { category: 'attachment_item', quantity: 1 },
  ];
}
