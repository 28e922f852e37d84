import { z } from 'zod';
import { ClickHouseError } from './errors.ts';

export type QuerySettings = Readonly<Record<string, string | number | boolean>>;

/** A query with the shapes of what goes in and what comes out. Made by `defineQuery`. */
export interface QueryDefinition<P extends z.ZodRawShape = z.ZodRawShape, R extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly sql: string;
  readonly params: z.ZodObject<P>;
  readonly rows: z.ZodArray<R>;
  readonly settings: QuerySettings;
  /** `{name:Type}` of each placeholder. */
  readonly placeholders: ReadonlyMap<string, string>;
}

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]{0,63}):([^{}]{1,200})\}/g;

const registry = new Map<string, QueryDefinition>();

/**
 * Declares a query, once, at the top of a module. Values come in only through `{name:Type}` placeholders, which must be exactly the keys
 * of `params`. 64-bit integers arrive as text, times as `2026-11-20 00:00:00.123` in UTC: see `uint64` and `time`.
 *
 * @throws ClickHouseError `params` when placeholders and parameters differ or the name is taken.
 */
export function defineQuery<P extends z.ZodRawShape, R extends z.ZodType>(definition: {
  readonly name: string;
  readonly params: P;
  readonly row: R;
  readonly sql: string;
  readonly settings?: QuerySettings;
}): QueryDefinition<P, R> {
  const { name, sql, settings = {} } = definition;
  const placeholders = placeholdersOf(name, sql);
  const wanted = [...placeholders.keys()].sort().join(', ');
  const given = Object.keys(definition.params).sort().join(', ');
  if (wanted !== given) {
    throw new ClickHouseError(
      'params',
      `query ${name}: placeholders are (${wanted}), parameters are (${given})`,
    );
  }
  if (registry.has(name)) throw new ClickHouseError('params', `query ${name} is defined twice`);
  const query = {
    name,
    sql,
    params: z.strictObject(definition.params) as z.ZodObject<P>,
    rows: z.array(definition.row),
    settings,
    placeholders,
  };
  registry.set(name, query as unknown as QueryDefinition);
  return query;
}

/** Every query that the loaded modules declare, for the test that explains each. */
export function registeredQueries(): readonly QueryDefinition[] {
  return [...registry.values()];
}

function placeholdersOf(name: string, sql: string): Map<string, string> {
  const placeholders = new Map<string, string>();
  for (const [, placeholder = '', type = ''] of sql.matchAll(PLACEHOLDER)) {
    const other = placeholders.get(placeholder);
    if (other !== undefined && other !== type) {
      throw new ClickHouseError('params', `query ${name}: {${placeholder}} is both ${other} and ${type}`);
    }
    placeholders.set(placeholder, type);
  }
  return placeholders;
}

/** A UInt64 or Int64 of a row: decimal text, since a JavaScript number holds 53 bits. */
export const uint64 = z.string().regex(/^-?[0-9]{1,20}$/);

/** A count of a row, as a number. Exact up to 2^53. */
export const count = uint64.transform(Number);

/** A DateTime or DateTime64 of a row (UTC), as unix milliseconds. */
export const time = z
  .string()
  .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$/)
  .transform((text) => Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`));

/** Names the fields that do not fit, never their values. */
export function fieldsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.')}: ${issue.code}`)
    .join('; ');
}

/** Some value for each placeholder, by its type: enough for `explain`. */
export function sampleParams(query: QueryDefinition): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...query.placeholders].map(([name, type]) => [name, sampleOf(type.trim())]));
}

function sampleOf(type: string): unknown {
  const inner = /^(?:Nullable|LowCardinality)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) return sampleOf(inner);
  const element = /^Array\((.*)\)$/.exec(type)?.[1];
  if (element !== undefined) return [sampleOf(element)];
  if (/^U?Int[0-9]+$/.test(type) || /^Float/.test(type)) return 1;
  if (/^DateTime64/.test(type)) return '2026-11-20 00:00:00.000';
  if (/^DateTime/.test(type)) return '2026-11-20 00:00:00';
  if (type === 'Date') return '2026-11-20';
  if (type === 'UUID') return '00000000-0000-0000-0000-000000000001';
  if (type === 'Bool') return true;
  return '00000000000000000000000000000001'; // also where a query makes a UUID of it
}
