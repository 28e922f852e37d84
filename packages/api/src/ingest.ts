import { z } from 'zod';

/** What ingest answers to an envelope or event: the event's id, or nothing where it brought none. */
export const submittedSchema = z.object({
  /** 32 hex digits. */
  id: z.string().optional(),
});

/** What ingest answers to what it does not take. The detail also stands in `X-Sentry-Error`. */
export const submissionRefusedSchema = z.object({
  detail: z.string(),
  causes: z.array(z.string()).optional(),
});
