import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseSettings } from '@clickhouse/client';
import { z } from 'zod';
import type { Connection } from './connection.ts';
import { ClickHouseError } from './errors.ts';
import { count, defineQuery, fieldsOf } from './query.ts';
import {
  type Block,
  type BlockAlarm,
  type BlockTransport,
  type ReadBack,
  type StoreResult,
  storeBlock,
  tokenOf,
} from './store-block.ts';

/** Inserts and reads back blocks over a connection. */
export function createBlockTransport(connection: Connection): BlockTransport {
  return {
    insert: (block, token) =>
      connection.insert(
        `INSERT INTO ${block.table} (${block.columns.join(', ')}) FORMAT RowBinary`,
        block.body,
        { ...ONE_BLOCK, insert_deduplication_token: token },
      ),
    readBack: async (block) =>
      readBackOf(await connection.select(readBackSql(block.table), readBackParams(block))),
    isRunning: async (token) => {
      const rows = runningInserts.rows.parse(await connection.select(runningInserts.sql, { token }));
      return rows.some((row) => row.running > 0);
    },
    pause: () => delay(100),
  };
}

/**
 * One request, one block, one part: no server-side batching, one thread, and block sizes above any batch that is allowed (500 rows, 64 MiB).
 * The deduplication window of the tables is switched on by `insert_deduplicate`.
 */
const ONE_BLOCK: ClickHouseSettings = {
  async_insert: 0,
  insert_deduplicate: 1,
  max_insert_threads: '1',
  max_insert_block_size: '1048576',
  min_insert_block_size_rows: '1048576',
  min_insert_block_size_bytes: '268435456',
  max_execution_time: 50,
};

const MAX_UNCLEAR = 1_000;

/**
 * Remembers blocks whose last attempt failed, so that whoever calls again is read back first even where `takeOver` was forgotten:
 * a blind repeat doubles when a power cut kept the part and lost the token.
 */
export function rememberUnclear(
  transport: BlockTransport,
  onAlarm: (alarm: BlockAlarm) => void,
): (block: Block) => Promise<StoreResult> {
  const unclear = new Set<string>();
  return async (block) => {
    const key = `${block.table} ${tokenOf(block)}`;
    try {
      const result = await storeBlock(
        transport,
        { ...block, takeOver: block.takeOver || unclear.has(key) },
        onAlarm,
      );
      unclear.delete(key);
      return result;
    } catch (error) {
      unclear.delete(key);
      unclear.add(key);
      for (const oldest of unclear) {
        if (unclear.size <= MAX_UNCLEAR) break;
        unclear.delete(oldest);
      }
      throw error;
    }
  };
}

const runningInserts = defineQuery({
  name: 'running_inserts',
  params: { token: z.string() },
  row: z.object({ running: count }),
  sql: `
    SELECT count() AS running FROM system.processes
    WHERE query_kind = 'Insert'
      AND (Settings['insert_deduplication_token'] = {token:String}
        OR startsWith(Settings['insert_deduplication_token'], concat({token:String}, '/r')))`,
});

function readBackSql(table: string): string {
  return `
    SELECT count() AS rows, uniqExact(log_offset) AS offsets FROM ${table}
    WHERE log_partition = {partition:UInt16} AND log_offset BETWEEN {first:UInt64} AND {last:UInt64}
      AND received >= fromUnixTimestamp64Milli({from:Int64}) AND received < fromUnixTimestamp64Milli({to:Int64})`;
}

function readBackParams(block: Block): object {
  return {
    partition: block.partition,
    first: block.first,
    last: block.last,
    from: block.receivedFrom,
    to: block.receivedTo,
  };
}

const readBackRow = z.tuple([z.object({ rows: count, offsets: count })]);

function readBackOf(rows: unknown): ReadBack {
  const parsed = readBackRow.safeParse(rows);
  if (!parsed.success) throw new ClickHouseError('row_shape', `read back: ${fieldsOf(parsed.error)}`);
  return parsed.data[0];
}
