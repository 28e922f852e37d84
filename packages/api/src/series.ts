import { z } from 'zod';
import { deployReferenceSchema } from './release.ts';
import { dateSchema, pointSchema } from './values.ts';

/**
 * `GET /api/0/organizations/{org}/issues/{id}/series/?statsPeriod=` and
 * `GET /api/0/organizations/{org}/timeline/?project=&environment=&statsPeriod=`: events per interval with the deploys of the same span.
 */
export const seriesSchema = z.object({
  start: dateSchema,
  end: dateSchema,
  /** Seconds. */
  interval: z.number().int(),
  /** Events that are stored. */
  points: z.array(pointSchema),
  /** About how many came, where some of them stand for others that were shed over a quota; null where none does. */
  came: z.array(pointSchema).nullish(),
  /** Oldest first. */
  deploys: z.array(deployReferenceSchema),
});
export type Series = z.infer<typeof seriesSchema>;

/** `GET /api/0/organizations/{org}/stats_v2/`. */
export const statsSchema = z.object({
  start: dateSchema,
  end: dateSchema,
  intervals: z.array(dateSchema),
  groups: z.array(
    z.object({
      by: z.record(z.string(), z.union([z.string(), z.number()])),
      totals: z.record(z.string(), z.number()),
      series: z.record(z.string(), z.array(z.number())),
    }),
  ),
});
export type Stats = z.infer<typeof statsSchema>;
