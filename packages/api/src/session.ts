import { z } from 'zod';
import { dateSchema } from './values.ts';

/** A rate is a fraction, and null without data. */
const numberSchema = z.number().nullable();

/**
 * `GET /api/0/organizations/{org}/sessions/`: numbers per group and interval. A group by `session.status` is of `healthy`, `errored`, `crashed`, `abnormal`,
 * and of `unhandled` where there are such.
 */
export const sessionsSchema = z.object({
  start: dateSchema,
  end: dateSchema,
  query: z.string(),
  /** Where each begins. */
  intervals: z.array(dateSchema),
  groups: z.array(
    z.object({
      by: z.record(z.string(), z.union([z.string(), z.number()])),
      totals: z.record(z.string(), numberSchema),
      series: z.record(z.string(), z.array(numberSchema)),
    }),
  ),
});
export type Sessions = z.infer<typeof sessionsSchema>;

/** How a release did in a project in the last 24 hours, from its sessions. */
export const releaseHealthSchema = z.object({
  hasHealthData: z.boolean(),
  /** Percent of the project's people and sessions that are on this release; null where there are none. */
  adoption: numberSchema,
  sessionsAdoption: numberSchema,
  /** Percent; null without data. */
  crashFreeUsers: numberSchema,
  crashFreeSessions: numberSchema,
  totalUsers24h: z.number().int(),
  totalSessions24h: z.number().int(),
  totalProjectUsers24h: z.number().int(),
  totalProjectSessions24h: z.number().int(),
  sessionsCrashed: z.number().int(),
  sessionsErrored: z.number().int(),
  /** `adopted`: on at least a tenth of the sessions of the last six hours. */
  adoptionStage: z.enum(['adopted', 'low_adoption']),
});
export type ReleaseHealth = z.infer<typeof releaseHealthSchema>;
