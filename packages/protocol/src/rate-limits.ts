import type { Category } from './outcome.ts';

/** One limit to announce. */
export interface RateLimit {
  /** Seconds from now; rounded up, because SDKs read whole numbers only. */
  readonly retryAfter: number;
  /** Empty means every category. */
  readonly categories: readonly Category[];
  readonly scope: 'organization' | 'project' | 'key' | 'global';
  readonly reason?: string;
}

/** Seconds: no limit is announced for longer, so that a mistake heals. */
export const MAX_RETRY_AFTER = 300;

/**
 * The value of `X-Sentry-Rate-Limits`: `retry_after:categories:scope[:reason]`, joined by `, `. Limits of the same categories and scope
 * become one, the longest. Empty for no limits: send no header then.
 */
export function formatRateLimits(limits: readonly RateLimit[]): string {
  const merged = new Map<string, { seconds: number; reason: string | undefined }>();
  for (const limit of limits) {
    const target = `${[...new Set(limit.categories)].sort().join(';')}:${limit.scope}`;
    const seconds = Math.min(MAX_RETRY_AFTER, Math.max(0, Math.ceil(limit.retryAfter)));
    const known = merged.get(target);
    if (known === undefined || known.seconds < seconds) merged.set(target, { seconds, reason: limit.reason });
  }
  return [...merged]
    .map(([target, { seconds, reason }]) => `${seconds}:${target}${reasonPart(reason)}`)
    .join(', ');
}

/** Seconds of the longest limit, for `Retry-After` (on a 429 only: SDKs stop everything on any other status). */
export function retryAfterOf(limits: readonly RateLimit[]): number {
  return Math.min(MAX_RETRY_AFTER, Math.max(0, ...limits.map((limit) => Math.ceil(limit.retryAfter))));
}

function reasonPart(reason: string | undefined): string {
  if (reason === undefined || reason === '') return '';
  return `:${reason.replaceAll(/[^A-Za-z0-9_.-]/g, '_')}`;
}
