import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const versions = z.array(z.union([z.number().int(), z.string()]));
const formatSchema = z.object({ writes: versions, reads: versions });

const manifestSchema = z.looseObject({
  format: z.literal(1),
  version: z.string(),
  commit: z.string(),
  /** When that commit was made, ISO 8601; also the time of every file. */
  committed_at: z.string(),
  platform: z.string(),
  node: z.string(),
  /** What this code expects of the schema; compared with the database's `min_code_version`. */
  code_version: z.number().int(),
  /** The oldest code that the schema allows once this release has migrated it. */
  min_code_version: z.number().int(),
  /** What lies in the log, in plans and in files while releases change. */
  formats: z.record(z.string(), formatSchema),
  /** Number of the last migration of each store. */
  migrations: z.object({ postgres: z.string(), clickhouse: z.string() }),
  /** Its services take a listening socket over and drain when they are told to; of an older one the supervisor may only end processes. */
  takes_over: z.boolean(),
});

/** `release.json`, at the root of a release. */
export type Manifest = z.infer<typeof manifestSchema>;
export type Formats = Manifest['formats'];

/** What code from before formats were declared writes and reads. */
export const FIRST_FORMATS: Formats = {
  log_record: { writes: [1], reads: [1] },
  log_segment: { writes: ['records'], reads: ['records'] },
  plan: { writes: [1], reads: [1] },
  ingest_snapshot: { writes: [1], reads: [1] },
};

export const MANIFEST = 'release.json';

/** The manifest of the release in `root`; undefined for a checkout, which has none. @throws for one that cannot be read. */
export async function readManifest(root: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(join(root, MANIFEST), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return manifestSchema.parse(JSON.parse(text));
}

/**
 * What `reader` could not read of what `writer` leaves behind: log records, plans, files.
 *
 * @returns names of formats, empty when all is well.
 */
export function unreadableFormats(writer: Formats, reader: Formats): readonly string[] {
  return Object.entries(writer)
    .filter(([name, { writes }]) => !writes.every((version) => reader[name]?.reads.includes(version)))
    .map(([name]) => name);
}
