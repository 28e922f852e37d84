import { time, uint64 } from '@culprit/clickhouse';
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

/** Where a row stands in the order of what came in: by `received`, then by its place in the log. */
export const place = { received: time, log_partition: z.number(), log_offset: uint64 };
export interface Place {
  readonly received: number;
  readonly log_partition: number;
  readonly log_offset: string;
}

/** The same place in all three lists. */
export const placesParams = {
  received: z.array(timeParam).min(1).max(1_000),
  partitions: z.array(z.number().int().nonnegative()),
  offsets: z.array(z.bigint()),
};

export function placesOf(rows: readonly Place[]): z.input<z.ZodObject<typeof placesParams>> {
  return {
    received: rows.map((row) => row.received),
    partitions: rows.map((row) => row.log_partition),
    offsets: rows.map((row) => BigInt(row.log_offset)),
  };
}

/** Rows at these places: a page is found by narrow columns first, so that what is wide is read of its rows only. */
export const AT_PLACES = `received >= fromUnixTimestamp64Milli(arrayMin({received:Array(Int64)}))
      AND received <= fromUnixTimestamp64Milli(arrayMax({received:Array(Int64)}))
      AND (received, log_partition, log_offset) IN (
        SELECT arrayJoin(arrayZip(arrayMap(at -> fromUnixTimestamp64Milli(at, 'UTC'), {received:Array(Int64)}),
          {partitions:Array(UInt16)}, {offsets:Array(UInt64)})))`;

/** A grouping hash for a parameter. */
export function hashParam(hash: string): bigint {
  return BigInt(`0x${hash}`);
}
