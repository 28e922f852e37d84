import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';
import pg from 'pg';
import { isRetryable, PostgresError, toPostgresError } from './errors.ts';
import type { Sql } from './sql.ts';

/** What can run statements: the pool or one transaction. bigint columns come as strings, timestamptz as Date. */
export interface Queryable {
  many<T extends object>(statement: Sql): Promise<readonly T[]>;
  /** @throws PostgresError `many_rows` for more than one. */
  maybeOne<T extends object>(statement: Sql): Promise<T | undefined>;
  /** @throws PostgresError `no_row`, `many_rows`. */
  one<T extends object>(statement: Sql): Promise<T>;
  /** Resolves to the number of rows touched. */
  execute(statement: Sql): Promise<number>;
}

/** One transaction on one connection. Statements run in order; do not keep it after the function has returned. */
export interface Transaction extends Queryable {
  readonly isTransaction: true;
}

export interface Database extends Queryable {
  /**
   * Runs `fn` in a transaction and commits. It is run again (at most `retries` times, default 3) after a serialization failure, a
   * deadlock or a lock timeout, so it must have no effect but through `tx`. After a lost connection it is not repeated: whether the
   * commit happened is not known.
   */
  transaction<T>(fn: (tx: Transaction) => Promise<T>, options?: { readonly retries?: number }): Promise<T>;
  /** Runs `fn` on one connection of its own, outside a transaction; what it `set`s or locks ends with it. */
  session<T>(fn: (session: Queryable) => Promise<T>): Promise<T>;
  /** How busy the pool is and what failed since the start; for metrics. */
  statistics(): DatabaseStatistics;
  close(): Promise<void>;
}

export interface DatabaseStatistics {
  /** Connections that are open, and those of them that nobody uses. */
  readonly open: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  /** Transactions that were run again. */
  readonly retries: number;
  /** Failures by code. */
  readonly errors: ReadonlyMap<string, number>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Most connections at once. Default 10. */
  readonly max?: number;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Milliseconds after which PostgreSQL cancels a statement. Default 30,000. */
  readonly statementTimeoutMs?: number;
  readonly logger?: Logger;
}

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_IN_TRANSACTION_MS = 60_000;
const DEFAULT_RETRIES = 3;
/** Day, as text: a Date would move it by the time zone of the process. */
const DATE_OID = 1082;

/** A pool of connections. Nothing is connected before the first statement. */
export function createDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: {
      getTypeParser: (oid, format) =>
        oid === DATE_OID ? (text: string) => text : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection that dies while idle would end the process; the next statement opens another.
  pool.on('error', (err) => options.logger?.warn({ err }, 'idle database connection lost'));
  // The pool listens only while a connection is idle. One that dies between two statements of a transaction, or while it is being ended, would
  // end the process as well; whoever uses it hears of it from the next statement.
  pool.on('connect', (client) => client.on('error', () => {}));

  const failures = new Failures();
  return {
    ...queriesOf(pool, failures),
    transaction: (fn, { retries = DEFAULT_RETRIES } = {}) =>
      retrying(retries, () => runTransaction(pool, fn, failures), failures),
    session: (fn) => runSession(pool, fn),
    statistics: () => ({
      open: pool.totalCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      retries: failures.retries,
      errors: failures.byCode,
    }),
    close: () => pool.end(),
  };
}

/** Counts what fails. */
class Failures {
  readonly byCode = new Map<string, number>();
  retries = 0;

  /** Counts a failure and returns it as ours. */
  of(thrown: unknown): unknown {
    const error = toPostgresError(thrown);
    const code = error instanceof PostgresError ? error.code : 'other';
    this.byCode.set(code, (this.byCode.get(code) ?? 0) + 1);
    return error;
  }
}

/** Statements on a pool or on one connection. */
export function queriesOf(
  runner: pg.Pool | pg.ClientBase,
  failures: Pick<Failures, 'of'> = { of: toPostgresError },
): Queryable {
  const run = async (statement: Sql): Promise<pg.QueryResult> => {
    try {
      return await runner.query(statement.text, [...statement.values]);
    } catch (error) {
      throw failures.of(error);
    }
  };
  const many = async <T extends object>(statement: Sql): Promise<readonly T[]> =>
    (await run(statement)).rows as readonly T[];
  const maybeOne = async <T extends object>(statement: Sql): Promise<T | undefined> => {
    const rows = await many<T>(statement);
    if (rows.length > 1) throw new PostgresError('many_rows', `expected one row, got ${rows.length}`);
    return rows[0];
  };
  return {
    many,
    maybeOne,
    one: async <T extends object>(statement: Sql): Promise<T> => {
      const row = await maybeOne<T>(statement);
      if (row === undefined) throw new PostgresError('no_row', 'expected one row, got none');
      return row;
    },
    execute: async (statement) => (await run(statement)).rowCount ?? 0,
  };
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toPostgresError(error);
  }
}

async function runTransaction<T>(
  pool: pg.Pool,
  fn: (tx: Transaction) => Promise<T>,
  failures: Failures,
): Promise<T> {
  const client = await connect(pool).catch((error: unknown) => {
    throw failures.of(error);
  });
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await fn({ ...queriesOf(client, failures), isTransaction: true });
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw toPostgresError(error);
  } finally {
    client.release(broken);
  }
}

async function runSession<T>(pool: pg.Pool, fn: (session: Queryable) => Promise<T>): Promise<T> {
  const client = await connect(pool);
  try {
    return await fn(queriesOf(client));
  } finally {
    client.release(true);
  }
}

async function retrying<T>(retries: number, attempt: () => Promise<T>, failures: Failures): Promise<T> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= retries || !isRetryable(error)) throw error;
      failures.retries++;
      await delay(10 * 2 ** tried * (0.5 + Math.random()));
    }
  }
}
