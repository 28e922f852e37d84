import { z } from 'zod';
import { dateSchema } from './values.ts';

export const checkInStatusSchema = z.enum(['in_progress', 'ok', 'error', 'missed', 'timeout']);

/** `GET /api/0/projects/{org}/{project}/monitors/{slug}/checkins/`: newest first, one entry per check-in with what it said last. */
export const checkInSchema = z.object({
  /** 32 hex digits. */
  id: z.string(),
  monitor: z.string(),
  status: checkInStatusSchema,
  /** Milliseconds; null while it runs or where the sender did not say. */
  duration: z.number().nullable(),
  environment: z.string().nullable(),
  release: z.string().nullable(),
  /** When its first message came. */
  dateAdded: dateSchema,
  /** When its last one came. */
  dateUpdated: dateSchema,
});
export type CheckIn = z.infer<typeof checkInSchema>;

/** `GET /api/0/projects/{org}/{project}/monitors/`: by name. */
export const monitorSchema = z.object({
  slug: z.string(),
  /** Of the newest message. */
  status: checkInStatusSchema,
  lastCheckIn: dateSchema,
  environments: z.array(z.string()),
});
export type Monitor = z.infer<typeof monitorSchema>;
