import { z } from 'zod';
import { dateSchema, idSchema } from './values.ts';

/** `GET /api/0/system/`: for staff. `null` where a part could not be asked. */
export const systemSchema = z.object({
  versions: z.object({
    culprit: z.string(),
    node: z.string(),
    postgres: z.string().nullable(),
    clickhouse: z.string().nullable(),
  }),
  log: z
    .object({
      topic: z.string(),
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
        }),
      ),
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
