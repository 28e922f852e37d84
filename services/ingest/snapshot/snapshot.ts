import { z } from 'zod';

/**
 * What ingest needs to know of projects and keys; also the file's format. The release before reads the file, too, and this one reads what
 * that one wrote: fields are added, and optional.
 */
const snapshotSchema = z.object({
  format: z.literal(1),
  /** `config_version` at the time. */
  version: z.number().int(),
  /** Unix milliseconds when this was last known to be what Postgres holds. */
  taken_at: z.number(),
  projects: z.array(
    z.object({
      id: z.number().int(),
      organization_id: z.string(),
      status: z.string(),
      /** Origins that may send; undefined: all. For the release before, and in its files; else see `settings`. */
      allowed_domains: z.array(z.string()).optional(),
      /** As stored, without what ingest has no use for. */
      settings: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  keys: z.array(
    z.object({
      id: z.number().int(),
      project_id: z.number().int(),
      public_key: z.string(),
      is_active: z.boolean(),
      rate_limit: z.object({ count: z.number(), window: z.number() }).optional(),
    }),
  ),
});

export type Snapshot = z.infer<typeof snapshotSchema>;

/** A snapshot from parsed JSON; undefined for anything else, also for another format. */
export function parseSnapshot(value: unknown): Snapshot | undefined {
  return snapshotSchema.safeParse(value).data;
}
