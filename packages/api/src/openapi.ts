import { z } from 'zod';

const schemaSchema = z.record(z.string(), z.unknown());
const contentSchema = z.record(z.string(), z.object({ schema: schemaSchema }));

export const apiOperationSchema = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string().optional(),
  deprecated: z.boolean().optional(),
  tags: z.array(z.string()),
  /** Where it is not at the address of this API. */
  servers: z.array(z.object({ url: z.string() })).optional(),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.enum(['path', 'query']),
      required: z.boolean(),
      description: z.string().optional(),
      schema: schemaSchema,
    }),
  ),
  requestBody: z.object({ required: z.boolean(), content: contentSchema }).optional(),
  responses: z.record(
    z.string(),
    z.object({
      $ref: z.string().optional(),
      description: z.string().optional(),
      content: contentSchema.optional(),
    }),
  ),
  security: z.array(z.record(z.string(), z.array(z.string()))),
});
export type ApiOperation = z.infer<typeof apiOperationSchema>;

/** `GET /api/0/openapi.json`, as far as our own page reads it. */
export const openApiSchema = z.object({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.object({ url: z.string() })),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), apiOperationSchema)),
  components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
});
export type OpenApi = z.infer<typeof openApiSchema>;
