import { z } from 'zod';

const MOST_VALUES = 100;
const LONGEST_VALUE = 500;
const listed = z.string().max(LONGEST_VALUE);

/** A parameter that may be given once or several times. */
export const listParam = z
  .union(
    [listed, z.array(listed).max(MOST_VALUES)],
    `must be at most ${MOST_VALUES} values of at most ${LONGEST_VALUE} characters`,
  )
  .optional()
  .transform((value) => (value === undefined ? [] : typeof value === 'string' ? [value] : value));

/** The last one wins where a parameter that is meant once comes twice. */
export const textParam = z
  .union([z.string(), z.array(z.string()).transform((values) => values.at(-1))])
  .optional();

/** Page size: `limit` or `per_page`, at most 100; more is cut, not refused. */
export function limitParam(fallback: number) {
  return z
    .union([z.string(), z.array(z.string()).transform((values) => values.at(-1) ?? '')])
    .optional()
    .transform((text) => (text === undefined || text === '' ? fallback : Number(text)))
    .pipe(z.number('must be a whole number').int('must be a whole number').min(1))
    .transform((limit) => Math.min(limit, 100));
}

export const pageQuery = z.object({ cursor: textParam, per_page: limitParam(100), limit: limitParam(100) });

/** Clients say `limit`, `per_page` or nothing. */
export function limitOf(query: { readonly per_page: number; readonly limit: number }): number {
  return Math.min(query.per_page, query.limit);
}
