import { z } from 'zod';
import { dateSchema, idSchema } from './values.ts';

/** `GET /api/0/system/`: for staff. `null` where a part could not be asked. */
export const systemSchema = z.object({
  versions: z.object({
    culprit: z.string(),
    node: z.string(),
    postgres: z.string().nullable(),
    clickhouse: z.string().nullable(),
    /** Formats of records in the log that this release reads. */
    logRecords: z.array(z.number().int()),
  }),
  /** Migrations; null when PostgreSQL is away. */
  schema: z
    .object({
      /** Version of this code, and the oldest that the schema still allows. */
      codeVersion: z.number().int(),
      minCodeVersion: z.number().int(),
      stores: z.array(
        z.object({
          store: z.enum(['postgres', 'clickhouse']),
          /** Name of the newest file applied. */
          newest: z.string().nullable(),
          applied: z.number().int(),
          /** Files of this release that were not applied. */
          pending: z.number().int(),
        }),
      ),
    })
    .nullable(),
  /** Processes that were there within the last hour; null when PostgreSQL is away. */
  services: z
    .array(
      z.object({
        id: z.string(),
        service: z.string(),
        host: z.string(),
        pid: z.number().int(),
        version: z.string(),
        dateStarted: dateSchema,
        dateSeen: dateSchema,
        /** It has not been heard of for longer than it ought to be silent. */
        isSilent: z.boolean(),
        isReady: z.boolean(),
        /** Why it is not ready. */
        detail: z.string().nullable(),
        memoryBytes: z.number(),
      }),
    )
    .nullable(),
  log: z
    .object({
      topic: z.string(),
      mode: z.enum(['lmdb', 'kafka']),
      partitions: z.array(
        z.object({
          partition: z.number().int(),
          /** Offset of the oldest record kept. */
          start: z.number().int(),
          /** Offset that the next record will get. */
          end: z.number().int(),
          /** Offset of the first record not committed. */
          position: z.number().int(),
          /** Records waiting. */
          lag: z.number().int(),
          /** Age of the oldest record that waits; 0 when none does. */
          oldestSeconds: z.number(),
        }),
      ),
      /** Records a second of the last minute; null when it was not looked at before. */
      throughput: z.object({ arrived: z.number(), processed: z.number(), seconds: z.number() }).nullable(),
      /** What ingest keeps on its own disks while Kafka is away; null where no ingest has a spool. */
      spool: z.object({ records: z.number().int(), bytes: z.number() }).nullable(),
      /** Age of the oldest record that waits; 0 when none does. */
      oldestUnprocessedSeconds: z.number(),
    })
    .nullable(),
  disk: z
    .object({
      freeBytes: z.number(),
      totalBytes: z.number(),
      folders: z.array(z.object({ name: z.string(), bytes: z.number() })),
    })
    .nullable(),
  /** Bytes on disk: of ClickHouse by table and month of `received` (`202611`; `all` for a table that is one piece), of PostgreSQL by table. */
  tables: z
    .object({
      clickhouse: z.array(
        z.object({ name: z.string(), month: z.string(), rows: z.number(), bytes: z.number() }),
      ),
      postgres: z.array(z.object({ name: z.string(), bytes: z.number() })),
    })
    .nullish(),
  deadLetters: z.object({
    open: z.number().int(),
    newest: z.array(
      z.object({
        id: idSchema,
        topic: z.string(),
        partition: z.number().int(),
        offset: z.number().int(),
        kind: z.string(),
        stage: z.string(),
        reason: z.string(),
        dateCreated: dateSchema,
        /** When a person wanted it replayed; a processor does it soon. */
        dateReplayRequested: dateSchema.nullable(),
      }),
    ),
  }),
  /** Items per outcome of the last 10 full minutes, oldest first; null when ClickHouse is away. */
  rates: z
    .object({
      /** Unix seconds of each minute. */
      minutes: z.array(z.number().int()),
      outcomes: z.array(z.object({ outcome: z.string(), perMinute: z.array(z.number().int()) })),
    })
    .nullable(),
});
export type System = z.infer<typeof systemSchema>;

/** `POST /api/0/system/dead-letters/replay/`: these, or all that are open. */
export const replayRequestSchema = z.object({
  ids: z
    .array(z.string().regex(/^[1-9][0-9]{0,17}$/))
    .min(1)
    .max(1_000)
    .optional(),
});
/** How many were asked for now. */
export const replayAnswerSchema = z.object({ requested: z.number().int() });
