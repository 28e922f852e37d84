import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { Logger } from '@culprit/runtime';
import { z } from 'zod';
import { ClickHouseError, toClickHouseError } from './errors.ts';
import { count, defineQuery, type QueryDefinition, type QuerySettings, sampleParams } from './query.ts';
import {
  type Block,
  type BlockAlarm,
  type BlockTransport,
  type StoreResult,
  storeBlock,
  tokenOf,
} from './store-block.ts';

export interface ClickHouseOptions {
  /** `http://user:password@host:8123/database`. */
  readonly url: string;
  /** These three win over what the URL says. */
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  /** Most sockets at once. Default 10. */
  readonly maxConnections?: number;
  /** Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Seconds after which ClickHouse ends a statement. Default 30. */
  readonly maxExecutionSeconds?: number;
  /** Gzip answers: over a network, not on loopback. Default false. */
  readonly compressResponses?: boolean;
  readonly logger?: Logger;
  /** Told when a stored block has too many or too few rows. Default: an error in the log. */
  readonly onAlarm?: (alarm: BlockAlarm) => void;
}

export interface QueryOptions {
  /** Aborting hangs up, and ClickHouse then ends the query. */
  readonly signal?: AbortSignal;
  readonly settings?: QuerySettings;
}

export interface ClickHouse {
  readonly database: string;
  /** Runs a declared query. @throws ClickHouseError a server code, `params`, `row_shape`, `connection`, `timeout`, `aborted`. */
  query<P extends z.ZodRawShape, R extends z.ZodType>(
    definition: QueryDefinition<P, R>,
    params: z.input<z.ZodObject<P>>,
    options?: QueryOptions,
  ): Promise<z.output<R>[]>;
  /** Stores a block exactly once: the only way in. See `storeBlock`. */
  storeBlock(block: Block): Promise<StoreResult>;
  /** Runs a statement of this repository that answers nothing (DDL, maintenance); never one with a value in its text. */
  command(
    statement: string,
    params?: Readonly<Record<string, unknown>>,
    options?: QueryOptions,
  ): Promise<void>;
  /** The plan of a declared query, with sample parameters: shows that names and types fit the schema. */
  explain(definition: QueryDefinition): Promise<readonly string[]>;
  /** Makes the database of this client where it is missing; resolves to whether it was. `onCluster` comes from a cluster's configuration. */
  createDatabase(onCluster?: string): Promise<boolean>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A client of one database, with connections kept open. Nothing is connected before the first statement. */
export function createClickHouse(options: ClickHouseOptions): ClickHouse {
  const target = targetOf(options);
  const client = createClient({
    ...target,
    request_timeout: options.requestTimeoutMs ?? 60_000,
    max_open_connections: options.maxConnections ?? 10,
    keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
    compression: { response: options.compressResponses ?? false, request: false },
    application: 'culprit',
    clickhouse_settings: {
      max_execution_time: options.maxExecutionSeconds ?? 30,
      output_format_json_quote_64bit_integers: 1,
    },
    log: { level: ClickHouseLogLevel.OFF },
  });

  const select = async (
    sql: string,
    params: object,
    { signal, settings }: QueryOptions,
  ): Promise<unknown[]> => {
    try {
      const result = await client.query({
        query: sql,
        format: 'JSONEachRow',
        query_params: { ...params },
        clickhouse_settings: { ...settings } as ClickHouseSettings,
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
      return await result.json<unknown>();
    } catch (error) {
      throw toClickHouseError(error);
    }
  };

  const command: ClickHouse['command'] = async (statement, params = {}, { signal, settings } = {}) => {
    try {
      await client.command({
        query: statement,
        query_params: { ...params },
        clickhouse_settings: { ...settings } as ClickHouseSettings,
        ...(signal === undefined ? {} : { abort_signal: signal }),
      });
    } catch (error) {
      throw toClickHouseError(error);
    }
  };

  const query: ClickHouse['query'] = async (definition, params, queryOptions = {}) => {
    const checked = definition.params.safeParse(params);
    if (!checked.success) {
      throw new ClickHouseError('params', `query ${definition.name}: ${fieldsOf(checked.error)}`);
    }
    const settings = { ...definition.settings, ...queryOptions.settings };
    const rows = await select(definition.sql, checked.data, { ...queryOptions, settings });
    const parsed = definition.rows.safeParse(rows);
    if (!parsed.success) {
      throw new ClickHouseError('row_shape', `query ${definition.name}: ${fieldsOf(parsed.error)}`);
    }
    return parsed.data;
  };

  const insert = async (block: Block, token: string): Promise<void> => {
    try {
      const answer = await client.exec({
        query: `INSERT INTO ${block.table} (${block.columns.join(', ')}) FORMAT RowBinary`,
        values: Readable.from([block.body], { objectMode: false }),
        clickhouse_settings: { ...ONE_BLOCK, insert_deduplication_token: token },
      });
      for await (const chunk of answer.stream) {
        // An insert answers nothing: what comes after the first byte of a 200 can only be an exception.
        throw new Error(String(chunk));
      }
    } catch (error) {
      throw toClickHouseError(error);
    }
  };

  const transport: BlockTransport = {
    insert,
    readBack: async (block) => readBackOf(await select(readBackSql(block.table), readBackParams(block), {})),
    isRunning: async (token) => (await query(runningInserts, { token })).some((row) => row.running > 0),
    pause: () => delay(100),
  };
  const onAlarm = options.onAlarm ?? ((alarm) => options.logger?.error(alarm, 'block has the wrong rows'));

  return {
    database: target.database,
    query,
    command,
    storeBlock: storing(transport, onAlarm),
    explain: async (definition) => {
      const rows = await select(`EXPLAIN ${definition.sql}`, sampleParams(definition), {
        settings: definition.settings,
      });
      return rows.map((row) => String((row as { explain?: unknown }).explain));
    },
    createDatabase: (onCluster) => createMissingDatabase(target, onCluster),
    ping: async () => {
      const result = await client.ping();
      if (!result.success) throw toClickHouseError(result.error);
    },
    close: () => client.close(),
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
function storing(transport: BlockTransport, onAlarm: (alarm: BlockAlarm) => void): ClickHouse['storeBlock'] {
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

function readBackOf(rows: unknown): z.output<typeof readBackRow>[0] {
  const parsed = readBackRow.safeParse(rows);
  if (!parsed.success) throw new ClickHouseError('row_shape', `read back: ${fieldsOf(parsed.error)}`);
  return parsed.data[0];
}

async function createMissingDatabase(target: Target, onCluster = ''): Promise<boolean> {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(target.database)) {
    throw new ClickHouseError('params', 'the name of the database may hold letters, digits and _ only');
  }
  // A request that names a missing database is refused, so this takes a client that names another.
  const client = createClient({ ...target, database: 'default', log: { level: ClickHouseLogLevel.OFF } });
  try {
    const found = await client.query({
      query: 'SELECT name FROM system.databases WHERE name = {name:String}',
      format: 'JSONEachRow',
      query_params: { name: target.database },
    });
    if ((await found.json()).length > 0) return false;
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${target.database} ${onCluster}` });
    return true;
  } catch (error) {
    throw toClickHouseError(error);
  } finally {
    await client.close();
  }
}

/** Names the fields that do not fit, never their values. */
function fieldsOf(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.')}: ${issue.code}`)
    .join('; ');
}

interface Target {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

function targetOf(options: ClickHouseOptions): Target {
  const url = new URL(options.url);
  const target = {
    username: options.username ?? (decodeURIComponent(url.username) || 'default'),
    password: options.password ?? decodeURIComponent(url.password),
    database: options.database ?? (decodeURIComponent(url.pathname.slice(1)) || 'default'),
  };
  return { url: url.origin, ...target };
}
