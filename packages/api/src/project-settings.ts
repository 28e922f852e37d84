import { LEGACY_BROWSERS } from '@culprit/protocol';
import { z } from 'zod';

/** Inbound filters that are switched on and off, by the ids of the API. */
export const FILTER_IDS = [
  'browser-extensions',
  'localhost',
  'legacy-browsers',
  'web-crawlers',
  'filtered-transaction',
] as const;
export const filterIdSchema = z.enum(FILTER_IDS);
export type FilterId = z.infer<typeof filterIdSchema>;

/** One of `GET /api/0/projects/{org}/{project}/filters/`. */
export const projectFilterSchema = z.object({
  id: filterIdSchema,
  /** Of `legacy-browsers` the names of the browsers, where there are any. */
  active: z.union([z.boolean(), z.array(z.string())]),
  name: z.string(),
  description: z.string(),
});
export type ProjectFilter = z.infer<typeof projectFilterSchema>;

/** `PUT …/filters/{id}/` → 204. `subfilters` is for `legacy-browsers`, and wins. */
export const projectFilterUpdateSchema = z
  .object({
    active: z.boolean().optional(),
    subfilters: z.array(z.enum(LEGACY_BROWSERS)).max(LEGACY_BROWSERS.length).optional(),
  })
  .refine((update) => update.active !== undefined || update.subfilters !== undefined, {
    path: ['active'],
    message: 'This field is required.',
  });

/** One of `GET|PUT /api/0/projects/{org}/{project}/quotas/` → `ProjectQuota[]`, in the shape that Relay knows. */
export const projectQuotaSchema = z.object({
  id: z.string(),
  /** None: all. */
  categories: z.array(z.string()),
  scope: z.enum(['organization', 'project', 'key']),
  /** Null: no limit; 0: nothing. Attachments count bytes. */
  limit: z.number().int().nullable(),
  /** Seconds. */
  window: z.number().int(),
  /** Of the outcome and in the header. */
  reasonCode: z.string(),
});
