import { errorSchema, fieldErrorsSchema } from '@culprit/api';
import { z } from 'zod';
import type { Access, Route } from '../access/route.ts';
import { INGEST_OPERATIONS, INGEST_SECURITY, type IngestOperation, ingestOperation } from './ingest.ts';
import { AnswerSchemas, type JsonObject, requestSchemaOf } from './schemas.ts';
import { tagOf } from './tags.ts';

export interface ServerFacts {
  readonly version: string;
  readonly publicUrl: string;
  /** Where SDKs send to. */
  readonly ingestUrl: string;
}

/** The whole API in OpenAPI 3.1, made of the routes as they are registered: a new route is in it. */
export function openApiDocument(routes: readonly Route[], server: ServerFacts): JsonObject {
  const schemas = new AnswerSchemas();
  for (const schema of [errorSchema, fieldErrorsSchema]) schemas.schemaOf(z.array(schema));
  const operations = [
    ...routes.flatMap((route) => operationsOf(route, schemas)),
    ...INGEST_OPERATIONS.map((one) => ingestOperationOf(one, server.ingestUrl, schemas)),
  ];
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { path, method, operation } of operations) {
    const item = paths[path] ?? {};
    paths[path] = item;
    item[method] = operation;
  }
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags as string[]))].sort();
  return {
    openapi: '3.1.1',
    info: {
      title: 'Culprit',
      version: server.version,
      summary: 'Errors, the deploys that brought them and the people they hit.',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: server.publicUrl }],
    tags: tags.map((name) => ({ name, description: `What there is about ${name.toLowerCase()}.` })),
    paths,
    components: {
      schemas: schemas.components(),
      responses: REFUSALS,
      securitySchemes: { ...SECURITY_SCHEMES, ...INGEST_SECURITY },
    },
  };
}

const DESCRIPTION = [
  'Paths and names are those of Sentry wherever Sentry has the thing.',
  'Both forms of a path are served, with and without the slash at the end.',
  'Fields that an answer gains later are no break; fields of a request that nobody knows are ignored.',
  'Lists come in pages: the `Link` header names the next one.',
].join(' ');

const SECURITY_SCHEMES = {
  token: { type: 'http', scheme: 'bearer', description: 'A token of the organization or of a person.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'culprit_session',
    description: 'The session of the pages, made by logging in.',
  },
};

const json = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } });
const refusal = (description: string, name: string): JsonObject => ({
  description,
  content: json({ $ref: `#/components/schemas/${name}` }),
});
const REFUSALS = {
  BadRequest: refusal('A field does not fit: its name with the reasons.', 'FieldErrors'),
  NotLoggedIn: refusal('Nobody is logged in, and there is no token that is good.', 'Error'),
  NotAllowed: refusal('The token has not the scope, or the person not the role.', 'Error'),
  NotFound: refusal('It does not exist, or not for whoever asks.', 'Error'),
};

interface Documented {
  readonly path: string;
  readonly method: string;
  readonly operation: Readonly<Record<string, unknown>>;
}

/** One for each path that the route is served under; the first is the one to use. */
function operationsOf(route: Route, schemas: AnswerSchemas): readonly Documented[] {
  const [first] = route.paths;
  return route.paths.map((registered) => {
    const path = registered.replace(/:([A-Za-z]+)/g, '{$1}');
    const isOlder = registered !== first;
    return {
      path,
      method: route.method.toLowerCase(),
      operation: {
        operationId: operationIdOf(route.method, registered),
        summary: route.summary,
        tags: [tagOf(first ?? registered)],
        ...(isOlder ? { deprecated: true } : {}),
        ...securityOf(route.access),
        parameters: [...pathParametersOf(registered), ...queryParametersOf(route)],
        ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route.body) }),
        responses: responsesOf(route, registered, schemas),
      },
    };
  });
}

function ingestOperationOf(given: IngestOperation, ingestUrl: string, schemas: AnswerSchemas): Documented {
  const { method, path } = given;
  const registered = path.replace(/\{(\w+)\}/g, ':$1');
  return {
    path,
    method: method.toLowerCase(),
    operation: {
      operationId: operationIdOf(method, registered),
      ...ingestOperation(given, ingestUrl, schemas),
      parameters: pathParametersOf(registered),
    },
  };
}

/** `getOrganizationsIssues`, with `By…` for each parameter, so that no two are alike. */
function operationIdOf(method: string, path: string): string {
  const words = path
    .split('/')
    .filter((part) => part !== '' && part !== 'api' && part !== '0')
    .map((part) => (part.startsWith(':') ? `by-${part.slice(1)}` : part));
  const name = words.join('-').replace(/[-_]+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return `${method.toLowerCase()}${name === '' ? 'Index' : `${name[0]?.toUpperCase()}${name.slice(1)}`}`;
}

/** A token needs one of the scopes; a person's session is judged by their role. */
function securityOf({ scope, role }: Access): JsonObject {
  if (scope === 'none') return { security: [] };
  const scopes = scope === 'any' ? [[]] : scope.map((one) => [one]);
  return {
    security: [...scopes.map((token) => ({ token })), { session: [] }],
    ...(role === 'any' ? {} : { description: `A person needs at least the role ${role}.` }),
  };
}

const PARAMETERS: Readonly<Record<string, string>> = {
  org: 'Slug or id of the organization',
  project: 'Slug or id of the project',
  team: 'Slug or id of the team',
  issue: 'Id of the issue',
  event: 'Id of the event: 32 hex digits',
  version: 'Version of the release, encoded for a path',
  short: 'Short id of the issue, such as SHOP-12',
  key: 'Public key, id or name',
};

function pathParametersOf(path: string): readonly JsonObject[] {
  return [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: PARAMETERS[name] ?? `Id of the ${name}`,
    schema: { type: 'string' },
  }));
}

function queryParametersOf({ query }: Route): readonly JsonObject[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = requestSchemaOf(query) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: simpler(schema),
  }));
}

/**
 * `one or several texts` is what any parameter may be. One that is meant to be repeated says how often, and is a list in the words of
 * OpenAPI; of any other the last one counts.
 */
function simpler(schema: JsonObject): JsonObject {
  const forms = (schema.anyOf ?? []) as readonly JsonObject[];
  const list = forms.find(({ type, maxItems }) => type === 'array' && maxItems !== undefined);
  return list ?? forms.find(({ type }) => type === 'string') ?? schema;
}

function requestBodyOf(body: z.ZodType): JsonObject {
  return { required: true, content: json(requestSchemaOf(body)) };
}

function responsesOf(route: Route, path: string, schemas: AnswerSchemas): JsonObject {
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    answerOf(answer, schemas),
  ]);
  const refuses = (name: keyof typeof REFUSALS) => ({ $ref: `#/components/responses/${name}` });
  const isPublic = route.access.scope === 'none';
  return {
    ...Object.fromEntries(answers),
    '400': refuses('BadRequest'),
    ...(isPublic ? {} : { '401': refuses('NotLoggedIn'), '403': refuses('NotAllowed') }),
    ...(path.includes(':') ? { '404': refuses('NotFound') } : {}),
  };
}

function answerOf(answer: Route['answers'][number] | undefined, schemas: AnswerSchemas): JsonObject {
  if (answer === null || answer === undefined) return { description: 'Done; there is nothing to say.' };
  if (typeof answer === 'string')
    return {
      description: 'The bytes.',
      content: { [answer]: { schema: { type: 'string', format: 'binary' } } },
    };
  return { description: 'The answer.', content: json(schemas.schemaOf(answer)) };
}
