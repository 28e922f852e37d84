import { z } from 'zod';
import { issueReferenceSchema } from './issue.ts';
import { deployReferenceSchema } from './release.ts';
import { dateSchema, idSchema } from './values.ts';

/** `GET /api/0/organizations/{org}/people/?query=<email|id|username|ip>`. 200 with nothing matched when unknown. */
export const personSchema = z.object({
  query: z.string(),
  /** Identities that the query hit: `email:…`, `id:…`, `username:…`, `ip:…`. */
  matched: z.array(z.string()),
  firstSeen: dateSchema.nullable(),
  lastSeen: dateSchema.nullable(),
  totals: z.object({ events: z.number().int(), issues: z.number().int() }),
  /** Last seen first, at most 100. */
  issues: z.array(
    z.object({
      issue: issueReferenceSchema,
      /** Events of this person. */
      count: z.number().int(),
      firstSeen: dateSchema,
      lastSeen: dateSchema,
      lastEventId: z.string(),
      lastRelease: z.string().nullable(),
      lastDeploy: deployReferenceSchema.nullable(),
    }),
  ),
  /** Newest 50. */
  events: z.array(
    z.object({
      eventID: z.string(),
      issueId: idSchema.nullable(),
      shortId: z.string().nullable(),
      title: z.string(),
      dateReceived: dateSchema,
      release: z.string().nullable(),
      environment: z.string().nullable(),
      /** Slug. */
      project: z.string(),
      browser: z.string().nullable(),
      os: z.string().nullable(),
      deploy: deployReferenceSchema.nullable(),
    }),
  ),
  /** Last seen first, at most 20. */
  devices: z.array(
    z.object({
      browser: z.string().nullable(),
      os: z.string().nullable(),
      release: z.string().nullable(),
      lastSeen: dateSchema,
    }),
  ),
});
export type Person = z.infer<typeof personSchema>;
