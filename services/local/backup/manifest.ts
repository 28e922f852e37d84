import { z } from 'zod';

/** Format of a backup's folder. A reader takes this one and older ones. */
export const BACKUP_FORMAT = 1;
export const MANIFEST = 'manifest.json';

const fileSchema = z.object({
  /** Below the backup's folder. */
  path: z.string().regex(/^[a-z][a-z0-9_-]*(?:[./][a-z0-9_-]+)*$/),
  /** On disk. */
  bytes: z.number().int(),
  /** Lower-case hex, of the bytes on disk. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
/** A file of the backup. */
export type BackupFile = z.infer<typeof fileSchema>;

const manifestSchema = z.looseObject({
  format: z.number().int(),
  startedAt: z.string(),
  finishedAt: z.string(),
  versions: z.object({
    culprit: z.string(),
    node: z.string(),
    postgres: z.string(),
    clickhouse: z.string(),
  }),
  /** Names of the migrations that the schemas were made by. */
  migrations: z.object({ postgres: z.array(z.string()), clickhouse: z.array(z.string()) }),
  /** Name of the event log, and what was committed of each of its partitions when PostgreSQL was copied. */
  topic: z.string(),
  positions: z.array(z.number().int()),
  /** Offsets below it belong to logs before this one. */
  firstOffset: z.number().int(),
  postgres: z.object({
    tables: z.array(
      z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number().int(), file: fileSchema }),
    ),
    sequences: z.array(z.object({ name: z.string(), last: z.string(), isCalled: z.boolean() })),
  }),
  clickhouse: z.object({
    tables: z.array(
      z.object({
        name: z.string(),
        rows: z.number().int(),
        chunks: z.array(fileSchema.extend({ rows: z.number().int() })),
      }),
    ),
  }),
  /** Records that were acknowledged and not yet committed. */
  log: z.array(z.object({ partition: z.number().int(), records: z.number().int(), file: fileSchema })),
  /** What the first start of the installation made up. */
  account: z.object({ password: z.string(), token: z.string(), publicKey: z.string() }).optional(),
  /** `list` names each file of the file store with its size and hash. */
  files: z.object({ count: z.number().int(), bytes: z.number().int(), list: fileSchema }),
});
/** `manifest.json`, written last: without it a backup is not whole. */
export type Manifest = z.infer<typeof manifestSchema>;

/** What a person can mend. */
export class BackupError extends Error {
  readonly code = 'backup';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BackupError';
  }
}

/** @throws BackupError for one that this code cannot read. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new BackupError(`${MANIFEST} is damaged.`, { cause });
  }
  const format = z.object({ format: z.number() }).safeParse(value);
  if (format.success && format.data.format > BACKUP_FORMAT) {
    throw new BackupError(
      `The backup has format ${format.data.format}, this release reads up to ${BACKUP_FORMAT}: restore it with the newer release.`,
    );
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) throw new BackupError(`${MANIFEST} is damaged.`, { cause: parsed.error });
  return parsed.data;
}

/** All files that the manifest names. */
export function filesOf(manifest: Manifest): readonly BackupFile[] {
  return [
    ...manifest.postgres.tables.map((table) => table.file),
    ...manifest.clickhouse.tables.flatMap((table) => table.chunks),
    ...manifest.log.map((partition) => partition.file),
    manifest.files.list,
  ];
}
