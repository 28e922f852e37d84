import { z } from 'zod';

/**
 * What every query of this service may cost. The result limits are a safety net: each query has a `LIMIT` of its own where its rows
 * are not bounded by what it groups by.
 */
export const READ_SETTINGS = {
  max_execution_time: 15,
  max_memory_usage: 300_000_000,
  max_result_rows: 100_000,
  result_overflow_mode: 'throw',
} as const;

/** Ids of projects: tenant of every query. Never empty: nothing may be asked for nobody. */
export const projectIdsParam = z.array(z.number().int().positive()).min(1).max(10_000);
/** Grouping hashes as 64-bit numbers. */
export const hashesParam = z.array(z.bigint()).max(20_000);
/** Unix milliseconds. */
export const timeParam = z.number().int().nonnegative();
/** Empty: all. */
export const environmentsParam = z.array(z.string().max(500)).max(100);
export const limitParam = z.number().int().min(1).max(10_000);

/** A grouping hash of a row: 16 lower-case hex digits. Select it with `HASH_COLUMN`. */
export const HASH_COLUMN = `leftPad(lower(hex(grouping_hash)), 16, '0')`;
/** An event id of a row: 32 lower-case hex digits. */
export const EVENT_ID_COLUMN = `replaceAll(toString(event_id), '-', '')`;

/** A grouping hash for a parameter. */
export function hashParam(hash: string): bigint {
  return BigInt(`0x${hash}`);
}
