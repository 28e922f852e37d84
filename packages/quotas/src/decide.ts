import type { RateLimit } from '@culprit/protocol';
import type { Kept } from './kept-faults.ts';
import { type ActiveQuota, type Count, quantityFor, rateLimitOf } from './quota.ts';
import type { Allowance, Share } from './share.ts';

/** What the process has of each allowance. */
export interface Shares {
  shareOf(allowance: Allowance): Share;
}

/** An item of an envelope, as quotas see it. */
export interface LimitedItem {
  /** An attachment counts its bytes, and itself. */
  readonly counts: readonly Count[];
  /** `event`: what others go with. `with_event`: dropped when the event is. */
  readonly role: 'event' | 'with_event' | 'alone';
  /** An error, of which some may be kept beyond the quota. */
  readonly isSheddable: boolean;
}

export type Fate =
  | {
      readonly isAccepted: true;
      /** How many events a kept one stands for; 1 for all others. */
      readonly weight: number;
    }
  | {
      readonly isAccepted: false;
      readonly reason: string;
      /** Of what was shed, where it is known. */
      readonly release?: string;
    };

export interface Decision {
  /** One for each item, in their order. */
  readonly fates: readonly Fate[];
  /** What the sender is told, by a 429; empty: nothing was limited. */
  readonly limits: readonly RateLimit[];
}

/** Reason of the outcome of what is answered 200 and not kept because a quota is spent. */
export const SHED_REASON = 'shed';
/** Seconds. An SDK that is told to be silent hides a new fault. */
const LONGEST_SILENCE = 60;

const ACCEPTED: Fate = { isAccepted: true, weight: 1 };

/**
 * Decides about the items of one request and spends what is accepted. The event comes first, because attachments and reports go with it; an
 * item is accepted when every quota that counts it has room.
 *
 * @param keep chooses among the events beyond the quota that is passed to it.
 */
export function decide(
  items: readonly LimitedItem[],
  quotas: readonly ActiveQuota[],
  shares: Shares,
  keep: (quota: ActiveQuota) => Kept,
  now: number,
): Decision {
  const limits: RateLimit[] = [];
  const fates = new Map<LimitedItem, Fate>();
  const event = items.find((item) => item.role === 'event');
  const eventFate = event === undefined ? ACCEPTED : decideOne(event, quotas, shares, keep, limits, now);
  if (event !== undefined) fates.set(event, eventFate);
  for (const item of items) {
    if (item === event) continue;
    const goesToo = item.role === 'with_event' && !eventFate.isAccepted;
    fates.set(item, goesToo ? eventFate : decideOne(item, quotas, shares, keep, limits, now));
  }
  return { fates: items.map((item) => fates.get(item) ?? ACCEPTED), limits };
}

interface Claim {
  readonly quota: ActiveQuota;
  readonly share: Share;
  readonly quantity: number;
}

function decideOne(
  item: LimitedItem,
  quotas: readonly ActiveQuota[],
  shares: Shares,
  keep: (quota: ActiveQuota) => Kept,
  limits: RateLimit[],
  now: number,
): Fate {
  const free: Claim[] = [];
  const over: Claim[] = [];
  let longest: RateLimit | undefined;
  for (const quota of quotas) {
    const quantity = quantityFor(quota.quota, item.counts);
    if (quantity === 0) continue;
    const claim = claimOn(quota, quantity, item.isSheddable, shares, now);
    if (typeof claim !== 'number') {
      (claim.share.id === quota.base.id ? free : over).push(claim);
      continue;
    }
    const limit = rateLimitOf(quota, claim);
    limits.push(limit);
    if (longest === undefined || limit.retryAfter > longest.retryAfter) longest = limit;
  }
  if (longest !== undefined) return { isAccepted: false, reason: longest.reason ?? '' };
  for (const { share, quantity } of over) share.spend(quantity, now);
  const [first] = over;
  const kept = first === undefined ? undefined : keep(first.quota);
  if (kept?.isKept === false) return { isAccepted: false, reason: SHED_REASON, release: kept.release };
  for (const { share, quantity } of free) share.spend(quantity, now);
  return kept === undefined ? ACCEPTED : { isAccepted: true, weight: kept.weight };
}

/** Where an item finds room, or the seconds after which it may be tried again. */
function claimOn(
  quota: ActiveQuota,
  quantity: number,
  isSheddable: boolean,
  shares: Shares,
  now: number,
): Claim | number {
  if (quota.quota.limit === 0) return LONGEST_SILENCE;
  const base = shares.shareOf(quota.base);
  if (base.has(quantity, now)) return { quota, share: base, quantity };
  const seconds = base.msLeft(now) / 1_000;
  if (!isSheddable) return seconds;
  const over = quota.over.limit === 0 ? undefined : shares.shareOf(quota.over);
  return over?.has(quantity, now) === true
    ? { quota, share: over, quantity }
    : Math.min(LONGEST_SILENCE, seconds);
}
