import { z } from 'zod';

/** Ids are strings in every answer, whatever they are in the database: clients refuse numbers. */
export const idSchema = z.string();
/** RFC 3339 in UTC with `Z`. */
export const dateSchema = z.iso.datetime();
/** `[unix seconds of the bucket's start, events]`, oldest first, without gaps. */
export const pointSchema = z.tuple([z.number().int(), z.number().int()]);
export type Point = z.infer<typeof pointSchema>;

/** Every refusal that is not about a field. */
export const errorSchema = z.object({ detail: z.string() });
export type ApiError = z.infer<typeof errorSchema>;
/** A refusal that names fields: `{"slug": ["must be …"]}`. */
export const fieldErrorsSchema = z.record(z.string(), z.array(z.string()));
export type FieldErrors = z.infer<typeof fieldErrorsSchema>;

/** The last word of a time span: `1h`, `24h`, `14d`, `2w`; minutes to weeks. */
export const statsPeriodSchema = z.string().regex(/^[1-9][0-9]{0,4}[smhdw]$/, 'must be like 24h or 14d');
