import {
  type ActiveQuota,
  activeQuotas,
  decide,
  faultOf,
  type Kept,
  type KeptBudget,
  KeptFaults,
  type LimitedItem,
  type Share,
} from '@culprit/quotas';
import type { Clock } from '@culprit/runtime';
import type { SortedItems } from '../accept/sort-items.ts';
import type { KeyEntry } from '../snapshot/key-directory.ts';
import type { LeaseBook } from './lease-book.ts';
import { type Limited, limitedItemsOf, withoutLimited } from './limit-items.ts';
import { parsePayload } from './payload.ts';

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
   * appending. A payload is read only when the quota is spent.
   *
   * @param isFree the event does not count, nor what goes with it.
   */
  limit(sorted: SortedItems, key: KeyEntry, isFree = false): Limited {
    if (key.quotas.length === 0) return { sorted, exceeded: [] };
    const { leases, clock } = this.#options;
    const all = limitedItemsOf(sorted);
    const items = isFree ? all.map(withoutCost) : all;
    const keep = (quota: ActiveQuota): Kept => this.#keep(quota, sorted, key);
    const decision = decide(items, this.#quotasOf(key), leases, keep, clock.now());
    leases.refill();
    return withoutLimited(sorted, items, decision);
  }

  #quotasOf(key: KeyEntry): readonly ActiveQuota[] {
    let quotas = this.#active.get(key);
    if (quotas === undefined) {
      quotas = activeQuotas(key.quotas, key, this.#options.hardFactor);
      this.#active.set(key, quotas);
    }
    return quotas;
  }

  #keep(quota: ActiveQuota, { event }: SortedItems, { projectId }: KeyEntry): Kept {
    const now = this.#options.clock.now();
    let faults = this.#faults.get(projectId);
    if (faults === undefined) {
      if (this.#faults.size >= MAX_PROJECTS) this.#forgetOne();
      faults = new KeptFaults();
      this.#faults.set(projectId, faults);
    }
    const fault = faultOf(event === undefined ? undefined : parsePayload(event.payload));
    return faults.offer(fault, this.#budgetOf(quota, now), now);
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

function withoutCost(item: LimitedItem): LimitedItem {
  return item.role === 'alone' ? item : { ...item, counts: [] };
}
