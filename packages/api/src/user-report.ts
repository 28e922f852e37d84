import { z } from 'zod';
import { dateSchema } from './values.ts';

/** `GET /api/0/projects/{org}/{project}/user-feedback/`, `…/issues/{id}/user-reports/`: newest first. */
export const userReportSchema = z.object({
  /** Of the report; for feedback that is its own event. */
  id: z.string(),
  /** The event that the report is about; of feedback its own. */
  eventID: z.string(),
  name: z.string(),
  email: z.string(),
  comments: z.string(),
  dateCreated: dateSchema,
  /** Of feedback the event that it is about, where it says so. */
  event: z.object({ id: z.string(), eventID: z.string() }),
});
export type UserReport = z.infer<typeof userReportSchema>;
