import { CATEGORIES, type Category, type Quota } from '@culprit/protocol';
import { z } from 'zod';

/** A month of 31 days. */
const LONGEST_WINDOW = 31 * 86_400;
const MOST_QUOTAS = 100;
const KEY_QUOTA_ID = 'key-rate-limit';
/** The reason of a quota that names none, by its scope. */
export const DEFAULT_REASONS = {
  organization: 'org_quota',
  project: 'project_quota',
  key: 'key_quota',
} as const;
/** What a key's rate limit counts: what an event may be, but nothing that comes with it or beside it. */
const EVENT_CATEGORIES: readonly Category[] = ['default', 'error', 'security'];

/** One quota as it is sent and stored; what is left out but has one meaning only is filled in. */
export const quotaSchema = z
  .object({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits, -, _ or .')
      .refine((id) => id !== KEY_QUOTA_ID, 'is the id of the limit of a key'),
    categories: z.array(z.enum(CATEGORIES)).max(CATEGORIES.length).default([]),
    scope: z.enum(['organization', 'project', 'key']),
    limit: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable(),
    window: z.number().int().min(1).max(LONGEST_WINDOW).nullish(),
    reasonCode: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'must be 1 to 64 letters, digits, -, _ or .')
      .nullish(),
  })
  .superRefine((quota, refinement) => {
    if (quota.limit !== null && quota.limit > 0 && (quota.window ?? null) === null) {
      refinement.addIssue({ code: 'custom', path: ['window'], message: 'a limit needs a window' });
    }
  })
  .transform(
    (quota): Quota => ({
      id: quota.id,
      categories: [...new Set(quota.categories)],
      scope: quota.scope,
      limit: quota.limit,
      window: quota.window ?? 60,
      reasonCode: quota.reasonCode ?? DEFAULT_REASONS[quota.scope],
    }),
  );

/** All quotas of a project; the list replaces the one before. */
export const quotaListSchema = z
  .array(quotaSchema)
  .max(MOST_QUOTAS)
  .refine(
    (quotas) => new Set(quotas.map(({ id }) => id)).size === quotas.length,
    'two quotas have the same id',
  );

/** A key's `rateLimit` as a quota; undefined without one. A count or window of 0 is no limit, as in Sentry. */
export function quotaOfKey(
  rateLimit: { readonly count: number | null; readonly window: number | null } | undefined,
): Quota | undefined {
  const { count, window } = rateLimit ?? { count: null, window: null };
  if (count === null || window === null || count <= 0 || window <= 0) return undefined;
  const scope = 'key';
  return {
    id: KEY_QUOTA_ID,
    categories: EVENT_CATEGORIES,
    scope,
    limit: count,
    window,
    reasonCode: 'key_quota',
  };
}
