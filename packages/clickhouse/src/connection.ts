import { Readable } from 'node:stream';
import { ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { ClickHouseError, toClickHouseError } from './errors.ts';
import type { QuerySettings } from './query.ts';

/** Where to connect and how patiently. */
export interface ConnectionOptions {
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
}

export interface QueryOptions {
  /** Aborting hangs up, and ClickHouse then ends the query. */
  readonly signal?: AbortSignal;
  readonly settings?: QuerySettings;
}

export interface Connection {
  readonly database: string;
  /** Rows as JSON, 64-bit integers as text. */
  select(sql: string, params: object, options?: QueryOptions): Promise<unknown[]>;
  command(statement: string, params: object, options?: QueryOptions): Promise<void>;
  /** The answer's bytes as they come; `sql` names the format. */
  download(sql: string, params: object, options?: QueryOptions): Promise<Buffer>;
  /** Sends the bytes as the data of an insert; `statement` ends with its format. */
  insert(statement: string, body: Uint8Array, settings: ClickHouseSettings): Promise<void>;
  createDatabase(onCluster?: string): Promise<boolean>;
  ping(): Promise<void>;
  statistics(): ClickHouseStatistics;
  close(): Promise<void>;
}

/** What was asked of ClickHouse since the start; for metrics. */
export interface ClickHouseStatistics {
  readonly requests: number;
  /** Seconds that all requests took together. */
  readonly seconds: number;
  /** Failures by code. */
  readonly errors: ReadonlyMap<string, number>;
}

/** The one place that talks to `@clickhouse/client`: everything it throws leaves here as a ClickHouseError. */
export function connect(options: ConnectionOptions): Connection {
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
  const counts = { requests: 0, seconds: 0, errors: new Map<string, number>() };
  const wrapped = async <T>(run: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      return await run();
    } catch (thrown) {
      const error = toClickHouseError(thrown);
      counts.errors.set(error.code, (counts.errors.get(error.code) ?? 0) + 1);
      throw error;
    } finally {
      counts.requests++;
      counts.seconds += (performance.now() - started) / 1000;
    }
  };
  return {
    database: target.database,
    statistics: () => counts,
    select: (sql, params, queryOptions = {}) =>
      wrapped(async () => {
        const query = { query: sql, format: 'JSONEachRow' as const, ...requestOf(params, queryOptions) };
        return (await client.query(query)).json<unknown>();
      }),
    command: (statement, params, queryOptions = {}) =>
      wrapped(async () => {
        await client.command({ query: statement, ...requestOf(params, queryOptions) });
      }),
    download: (sql, params, queryOptions = {}) =>
      wrapped(async () => {
        const answer = await client.exec({ query: sql, ...requestOf(params, queryOptions) });
        const chunks: Buffer[] = [];
        for await (const chunk of answer.stream) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      }),
    insert: (statement, body, settings) =>
      wrapped(async () => {
        const values = Readable.from([body], { objectMode: false });
        const answer = await client.exec({ query: statement, values, clickhouse_settings: settings });
        for await (const chunk of answer.stream) {
          // An insert answers nothing: what comes after the first byte of a 200 can only be an exception.
          throw new Error(String(chunk));
        }
      }),
    createDatabase: (onCluster) => wrapped(() => createMissingDatabase(target, onCluster)),
    ping: () =>
      wrapped(async () => {
        const result = await client.ping();
        if (!result.success) throw result.error;
      }),
    close: () => client.close(),
  };
}

function requestOf(params: object, { signal, settings }: QueryOptions) {
  return {
    query_params: { ...params },
    clickhouse_settings: { ...settings } as ClickHouseSettings,
    ...(signal === undefined ? {} : { abort_signal: signal }),
  };
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
  } finally {
    await client.close();
  }
}

interface Target {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly database: string;
}

function targetOf(options: ConnectionOptions): Target {
  const url = new URL(options.url);
  const target = {
    username: options.username ?? (decodeURIComponent(url.username) || 'default'),
    password: options.password ?? decodeURIComponent(url.password),
    database: options.database ?? (decodeURIComponent(url.pathname.slice(1)) || 'default'),
  };
  return { url: url.origin, ...target };
}
