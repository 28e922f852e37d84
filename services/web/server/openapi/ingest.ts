import { submissionRefusedSchema, submittedSchema } from '@culprit/api';
import type { AnswerSchemas, JsonObject } from './schemas.ts';

/** Something that ingest takes from SDKs and browsers. It is another server: these paths are at the address in a DSN. */
export interface IngestOperation {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly summary: string;
  /** Media types of the body. */
  readonly takes: readonly string[];
  /** Status and media type of what it answers; JSON has the event's id. */
  readonly answers: readonly [
    status: number,
    type: 'application/json' | 'text/plain' | 'image/gif' | undefined,
  ];
}

export const INGEST_OPERATIONS: readonly IngestOperation[] = [
  {
    method: 'POST',
    path: '/api/{project}/envelope/',
    summary: 'Send an envelope: events, attachments, sessions, feedback, check-ins, reports of the client',
    takes: ['application/x-sentry-envelope'],
    answers: [200, 'application/json'],
  },
  {
    method: 'POST',
    path: '/api/{project}/store/',
    summary: 'Send one event as JSON, as older SDKs do',
    takes: ['application/json'],
    answers: [200, 'application/json'],
  },
  {
    method: 'GET',
    path: '/api/{project}/store/',
    summary: 'Send one event in the query, where only a picture can be asked for',
    takes: [],
    answers: [200, 'image/gif'],
  },
  {
    method: 'POST',
    path: '/api/{project}/security/',
    summary: 'Send a report of CSP, Expect-CT, Expect-Staple, HPKP or the Reporting API',
    takes: ['application/csp-report', 'application/reports+json', 'application/json'],
    answers: [200, undefined],
  },
  {
    method: 'POST',
    path: '/api/{project}/minidump/',
    summary: 'Send a minidump; the answer is the id of its event',
    takes: ['multipart/form-data'],
    answers: [200, 'text/plain'],
  },
  {
    method: 'POST',
    path: '/api/{project}/events/{event}/attachments/',
    summary: 'Send files that belong to an event',
    takes: ['multipart/form-data'],
    answers: [201, undefined],
  },
];

/** Names of what a DSN holds, for `components.securitySchemes`. */
export const INGEST_SECURITY = {
  publicKey: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Sentry-Auth',
    description: '`Sentry sentry_version=7, sentry_key=…` with the public key of a DSN.',
  },
  publicKeyInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'sentry_key',
    description: 'The public key of a DSN.',
  },
};

/** The operation as OpenAPI has it; without its id and parameters of the path. */
export function ingestOperation(
  { summary, takes, answers: [status, type] }: IngestOperation,
  ingestUrl: string,
  schemas: AnswerSchemas,
): JsonObject {
  const binary = { schema: { type: 'string', format: 'binary' } };
  const refused = { schema: schemas.schemaOf(submissionRefusedSchema) };
  const refusal = (description: string) => ({ description, content: { 'application/json': refused } });
  const answer = type === 'application/json' ? { schema: schemas.schemaOf(submittedSchema) } : binary;
  return {
    summary,
    tags: ['Ingest'],
    servers: [{ url: ingestUrl }],
    security: [{ publicKey: [] }, { publicKeyInQuery: [] }],
    ...(takes.length === 0
      ? {}
      : {
          requestBody: {
            required: true,
            content: Object.fromEntries(takes.map((media) => [media, binary])),
          },
        }),
    responses: {
      [status]: {
        description: 'It is on disk, and will be counted once.',
        ...(type === undefined ? {} : { content: { [type]: answer } }),
      },
      '400': refusal('It cannot be read.'),
      '401': refusal('There is no public key, or more than one.'),
      '403': refusal('The key is not of the project, is disabled, or the origin is not allowed.'),
      '413': refusal('It is too large.'),
      '429': refusal('A limit is reached: `X-Sentry-Rate-Limits` says for how long and for what.'),
      '503': refusal('It could not be stored.'),
    },
  };
}
