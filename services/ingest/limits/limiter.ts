import { decodePayload } from '@culprit/normalization';
import type { JsonObject } from '@culprit/protocol';
import {
  type ActiveQuota,
  activeQuotas,
  decide,
  faultOf,
  type Kept,
  type KeptBudget,
  KeptFaults,
  type LimitedItem,
  quantityFor,
  type Share,
} from '@culprit/quotas';
import type { Clock } from '@culprit/runtime';
import type { Sent } from '../accept/sent.ts';
import type { SortedItems } from '../accept/sort-items.ts';
import type { KeyEntry } from '../snapshot/key-directory.ts';
import { isUnwanted } from './is-unwanted.ts';
import type { LeaseBook } from './lease-book.ts';
import { type Limited, limitedItemsOf, withoutLimited } from './limit-items.ts';

export interface LimiterOptions {
  readonly leases: Pick<LeaseBook, 'shareOf' | 'refill'>;
  readonly clock: Clock;
  /** The hard limit as a multiple of a quota; 1: nothing is shed. */
  readonly hardFactor: number;
}

/** Projects whose faults beyond the quota are remembered. */
const MAX_PROJECTS = 1_000;

/** Applies a key's quotas to what a request brings. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #active = new WeakMap<KeyEntry, readonly ActiveQuota[]>();
  readonly #faults = new Map<number, KeptFaults>();

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /**
   * What is accepted of a request, and what its sender is told. Counts what is accepted as accepted, so it stands between sorting and
   * appending. A payload is read only when the quota is spent, or for filters: what the project does not want costs no quota.
   *
   * @param sentAt of the envelope header.
   */
  limit(sorted: SortedItems, sent: Sent, sentAt: string | undefined): Limited {
    const { key } = sent.admitted;
    if (key.quotas.length === 0) return { sorted, exceeded: [] };
    const { leases, clock } = this.#options;
    const quotas = this.#quotasOf(key);
    const now = clock.now();
    const json = once(() => payloadOf(sorted));
    const { event } = sorted;
    const isFree =
      event !== undefined &&
      quotas.some(({ quota }) => quantityFor(quota, [{ category: event.category, quantity: 1 }]) > 0) &&
      isUnwanted(event, json, sent, { received: now, sentAt });
    const all = limitedItemsOf(sorted);
    const items = isFree ? all.map(withoutCost) : all;
    const keep = (quota: ActiveQuota): Kept => this.#keep(quota, json(), key, now);
    const decision = decide(items, quotas, leases, keep, now);
    leases.refill();
    return withoutLimited(sorted, items, decision, now);
  }

  /** Takes back what a request has spent that could not be stored. What was kept beyond a quota still counts in its minute. */
  takeBack({ counted }: Limited): void {
    if (counted === undefined) return;
    const now = this.#options.clock.now();
    for (const { share, quantity } of counted.spent) share.unspend(quantity, counted.at, now);
  }

  #quotasOf(key: KeyEntry): readonly ActiveQuota[] {
    let quotas = this.#active.get(key);
    if (quotas === undefined) {
      quotas = activeQuotas(key.quotas, key, this.#options.hardFactor);
      this.#active.set(key, quotas);
    }
    return quotas;
  }

  #keep(quota: ActiveQuota, event: JsonObject | undefined, { projectId }: KeyEntry, now: number): Kept {
    let faults = this.#faults.get(projectId);
    if (faults === undefined) {
      if (this.#faults.size >= MAX_PROJECTS) this.#forgetOne();
      faults = new KeptFaults();
      this.#faults.set(projectId, faults);
    }
    return faults.offer(faultOf(event), this.#budgetOf(quota, now), now);
  }

  #budgetOf({ kept, keptOfNewReleases }: ActiveQuota, now: number): KeptBudget {
    const take = (share: Share): boolean => {
      const has = share.has(1, now);
      if (has) share.spend(1, now);
      return has;
    };
    const { leases } = this.#options;
    return {
      takeAny: () => take(leases.shareOf(kept)),
      takeForNewRelease: () => take(leases.shareOf(keptOfNewReleases)),
    };
  }

  #forgetOne(): void {
    for (const projectId of this.#faults.keys()) {
      this.#faults.delete(projectId);
      return;
    }
  }
}

/** What the event holds; undefined for what is no JSON. */
function payloadOf({ event }: SortedItems): JsonObject | undefined {
  const decoded = event === undefined ? undefined : decodePayload(event.payload);
  return decoded?.ok === true ? decoded.value : undefined;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function withoutCost(item: LimitedItem): LimitedItem {
  return item.role === 'alone' ? item : { ...item, counts: [] };
}
