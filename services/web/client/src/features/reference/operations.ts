import type { ApiOperation, OpenApi } from '@culprit/api';

/** One thing that the API does. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly facts: ApiOperation;
}

/** By heading, in the order of the description; those under an older name last. */
export function operationsByTag(api: OpenApi): readonly (readonly [tag: string, readonly Operation[]])[] {
  const all = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, facts]) => ({
      id: facts.operationId,
      method: method.toUpperCase(),
      path,
      facts,
    })),
  );
  const sorted = all.sort(
    (a, b) => Number(a.facts.deprecated ?? false) - Number(b.facts.deprecated ?? false),
  );
  return api.tags.map(({ name }) => [name, sorted.filter(({ facts }) => facts.tags.includes(name))] as const);
}

/** Those that have all words in their path, summary or method. */
export function matching(operations: readonly Operation[], words: string): readonly Operation[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter(({ method, path, facts }) => {
    const text = `${method} ${path} ${facts.summary}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** A call to paste into a shell, with everything that must be filled in in capitals. */
export function curlOf({ method, path, facts }: Operation, server: string, org: string): string {
  const address = facts.servers?.[0]?.url ?? server;
  const filled = path.replace('{org}', org).replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  const body = facts.requestBody?.content['application/json']?.schema;
  const auth = facts.security.some(({ publicKey }) => publicKey !== undefined)
    ? `X-Sentry-Auth: Sentry sentry_version=7, sentry_key=$PUBLIC_KEY`
    : 'Authorization: Bearer $CULPRIT_TOKEN';
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}'${address}${filled}'`,
    ...(facts.security.length === 0 ? [] : [`  -H "${auth}"`]),
    ...(body === undefined
      ? []
      : [`  -H 'Content-Type: application/json'`, `  -d '${JSON.stringify(sampleOf(body))}'`]),
  ].join(' \\\n');
}

type Schema = Readonly<Record<string, unknown>>;

/** Something that the schema would take: what is required, each with a value of its type. */
export function sampleOf(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const [first] = (schema.anyOf ?? schema.oneOf ?? []) as readonly Schema[];
  if (first !== undefined) return sampleOf(first);
  switch (schema.type) {
    case 'object': {
      const required = (schema.required ?? []) as readonly string[];
      const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
      const shown =
        required.length === 0
          ? properties.slice(0, 1)
          : properties.filter(([name]) => required.includes(name));
      return Object.fromEntries(shown.map(([name, inner]) => [name, sampleOf(inner)]));
    }
    case 'array':
      return [sampleOf((schema.items ?? {}) as Schema)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'boolean':
      return true;
    default:
      return 'TEXT';
  }
}

/** `Issue[]`, `string | null`: a schema in the words of a programmer. Names stand for what is listed under them. */
export function typeOf(schema: Schema): string {
  if (typeof schema.$ref === 'string') return schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const forms = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  if (forms !== undefined) return [...new Set(forms.map(typeOf))].join(' | ');
  if (schema.type === 'array') {
    const inner = typeOf((schema.items ?? {}) as Schema);
    return inner.includes(' ') ? `(${inner})[]` : `${inner}[]`;
  }
  if (schema.type === 'object')
    return schema.properties === undefined
      ? 'object'
      : `{ ${fieldsOf(schema)
          .map(({ name }) => name)
          .join(', ')} }`;
  return typeof schema.type === 'string' ? schema.type : 'anything';
}

export interface Field {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
}

export function fieldsOf(schema: Schema): readonly Field[] {
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).map(([name, inner]) => ({
    name,
    type: typeOf(inner),
    isRequired: required.includes(name),
  }));
}
