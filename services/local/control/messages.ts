import { z } from 'zod';

const serviceSchema = z.enum(['ingest', 'processor', 'web', 'alerts']);

/** What a command asks of the supervisor. */
export const requestSchema = z.object({
  kind: z.literal('roll'),
  /** Folder of the release whose code shall run from now on; absent: the one that runs. */
  release: z.string().optional(),
  /** Whether old and new may run side by side. */
  overlap: z.boolean().default(true),
  /** In this order. */
  services: z.array(serviceSchema).max(8),
});
export type Request = z.input<typeof requestSchema>;
export type ParsedRequest = z.output<typeof requestSchema>;

const answerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('step'),
    service: serviceSchema,
    milliseconds: z.number(),
    pid: z.number(),
  }),
  /** All new processes work; old ones may still finish what they have. */
  z.object({ kind: z.literal('serving'), milliseconds: z.number() }),
  /** The last old process is gone. */
  z.object({ kind: z.literal('done'), milliseconds: z.number() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type Answer = z.infer<typeof answerSchema>;

/** A line of an answer. @throws for anything else. */
export function parseAnswer(line: string): Answer {
  return answerSchema.parse(JSON.parse(line));
}
