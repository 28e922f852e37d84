import type { RateLimit } from '@culprit/protocol';
import type { Kept } from './kept-faults.ts';
import type { Allowance } from './lease.ts';
import { type ActiveQuota, type Count, quantityFor, rateLimitOf } from './quota.ts';
import type { Share } from './share.ts';

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

/** What was taken of an allowance. */
export interface Spending {
  readonly share: Share;
  readonly quantity: number;
}

export interface Decision {
  /** One for each item, in their order. */
  readonly fates: readonly Fate[];
  /** What the sender is told, by a 429; empty: nothing was limited. */
  readonly limits: readonly RateLimit[];
  /** To be taken back with `Share.unspend` when what was accepted cannot be stored. */
  readonly spent: readonly Spending[];
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
  const spent: Spending[] = [];
  const fates = new Map<LimitedItem, Fate>();
  const of = { quotas, shares, keep, limits, spent, now };
  const event = items.find((item) => item.role === 'event');
  const eventFate = event === undefined ? ACCEPTED : decideOne(event, of);
  if (event !== undefined) fates.set(event, eventFate);
  for (const item of items) {
    if (item === event) continue;
    const goesToo = item.role === 'with_event' && !eventFate.isAccepted;
    fates.set(item, goesToo ? eventFate : decideOne(item, of));
  }
  return { fates: items.map((item) => fates.get(item) ?? ACCEPTED), limits, spent };
}

interface Claim extends Spending {
  readonly quota: ActiveQuota;
}

/** What the items of a request have in common, and what is noted of them. */
interface Request {
  readonly quotas: readonly ActiveQuota[];
  readonly shares: Shares;
  readonly keep: (quota: ActiveQuota) => Kept;
  readonly limits: RateLimit[];
  readonly spent: Spending[];
  readonly now: number;
}

function decideOne(item: LimitedItem, { quotas, shares, keep, limits, spent, now }: Request): Fate {
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
  spend(over, spent, now);
  const [first] = over;
  const kept = first === undefined ? undefined : keep(first.quota);
  if (kept?.isKept === false) return { isAccepted: false, reason: SHED_REASON, release: kept.release };
  spend(free, spent, now);
  return kept === undefined ? ACCEPTED : { isAccepted: true, weight: kept.weight };
}

function spend(claims: readonly Claim[], spent: Spending[], now: number): void {
  for (const claim of claims) {
    claim.share.spend(claim.quantity, now);
    spent.push(claim);
  }
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
