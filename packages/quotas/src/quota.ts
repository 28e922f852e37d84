import type { Category, Quota, RateLimit } from '@culprit/protocol';
import type { Allowance } from './lease.ts';

/** Who sends. */
export interface Sender {
  readonly organizationId: string;
  readonly projectId: number;
  readonly keyId: number;
}

/** A quota with a limit, and what it counts in for one sender. */
export interface ActiveQuota {
  readonly quota: Quota & { readonly limit: number };
  /** What may be accepted. */
  readonly base: Allowance;
  /** What may come on top of it and is answered 200 though most of it is shed: up to the hard limit. */
  readonly over: Allowance;
  /** What is kept of that, per minute and project. */
  readonly kept: Allowance;
  /** The same, of releases that appeared meanwhile. */
  readonly keptOfNewReleases: Allowance;
}

/** An item, as quotas count it. */
export interface Count {
  readonly category: Category;
  /** Bytes for `attachment`. */
  readonly quantity: number;
}

/** At most so many different faults are kept of a project in a minute. */
export const MAX_KEPT_FAULTS = 200;
/** Of what a quota allows in a minute, this much may be kept beyond it. */
const KEPT_SHARE = 0.05;
/** One for what was there before and one for a new release: with less nothing new would be seen. */
const LEAST_KEPT = 2;

/**
 * The quotas that count for a sender. Quotas of the same id share a counter within their scope: all projects of an organization that list
 * it, all keys of a project, or one key alone.
 *
 * @param hardFactor the hard limit as a multiple of the quota; 1: nothing is shed.
 */
export function activeQuotas(
  quotas: readonly Quota[],
  sender: Sender,
  hardFactor: number,
): readonly ActiveQuota[] {
  return quotas.flatMap((quota) => {
    const { limit, window } = quota;
    if (limit === null) return [];
    const id = `${placeOf(quota, sender)}:${quota.id}:${window}`;
    const kept = keptPerMinute(limit, window);
    const keptId = `${id}:p${sender.projectId}`;
    return [
      {
        quota: { ...quota, limit },
        base: { id, limit, seconds: window },
        over: { id: `${id}:over`, limit: Math.floor(limit * (hardFactor - 1)), seconds: window },
        kept: { id: `${keptId}:kept`, limit: Math.ceil(kept / 2), seconds: 60 },
        keptOfNewReleases: { id: `${keptId}:new`, limit: Math.floor(kept / 2), seconds: 60 },
      },
    ];
  });
}

/** Events that may be kept in a minute though the quota is spent: 5 % of what it allows in that time, at least 2, at most 200. */
export function keptPerMinute(limit: number, seconds: number): number {
  const perMinute = (limit * 60) / Math.max(1, seconds);
  return Math.min(MAX_KEPT_FAULTS, Math.max(LEAST_KEPT, Math.floor(perMinute * KEPT_SHARE)));
}

/** How much a quota counts of an item that counts under these categories. One for all categories counts items, never bytes. */
export function quantityFor({ categories }: Pick<Quota, 'categories'>, counts: readonly Count[]): number {
  let sum = 0;
  for (const { category, quantity } of counts) {
    if (categories.length === 0 ? category !== 'attachment' : categories.includes(category)) sum += quantity;
  }
  return sum;
}

/** A quota as it is told to an SDK. */
export function rateLimitOf({ quota }: ActiveQuota, retryAfter: number): RateLimit {
  const { categories, scope, reasonCode } = quota;
  return { retryAfter, categories, scope, reason: reasonCode };
}

function placeOf({ scope }: Quota, { organizationId, projectId, keyId }: Sender): string {
  if (scope === 'organization') return `o${organizationId}`;
  return scope === 'project' ? `p${projectId}` : `k${keyId}`;
}
