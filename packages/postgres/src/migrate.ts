import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';
import { CODE_VERSION } from './code-version.ts';
import type { Database, Queryable } from './database.ts';
import { isRetryable, PostgresError } from './errors.ts';
import { identifier, sql, sqlOfFile } from './sql.ts';

export interface MigrationFile {
  /** `0001_organizations.sql` */
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the file with line ends as `\n`, hex. */
  readonly checksum: string;
}

export interface MigratePostgresOptions {
  readonly database: Database;
  /** Folder of `NNNN_what.sql`. */
  readonly directory: string;
  readonly logger: Logger;
  /** Apply these files only: the schema of an older release, to fill it from its backup. */
  readonly only?: ReadonlySet<string>;
  /** Default: this code's own version; others only in tests. */
  readonly codeVersion?: number;
}

const FILE_NAME = /^[0-9]{4}_[a-z0-9_]+\.sql$/;
const NO_TRANSACTION = '-- no transaction';
/** Two halves of the advisory lock: 'culp' as a number, and what it is for. */
const LOCK_SPACE = 0x63756c70;
const LOCK_POSTGRES = 1;
const LOCK_CLICKHOUSE = 2;
const LOCK_POLL_MS = 100;
const LOCK_PATIENCE_MS = 10 * 60_000;
const LOCK_TIMEOUT_TRIES = 30;

/**
 * Brings the schema up to the files of `directory`, in order. Safe to run from several processes at once: one works, the others wait and
 * then find nothing to do. A newer schema is fine as long as its `min_code_version` allows this code.
 *
 * @returns the names of the files applied now.
 * @throws PostgresError `migration_edited`, `migration_name`, `migration_lock`, `schema_too_new`, or an SQLSTATE.
 */
export async function migratePostgres(options: MigratePostgresOptions): Promise<readonly string[]> {
  const { database, directory, logger, codeVersion = CODE_VERSION } = options;
  const files = (await readMigrations(directory)).filter(({ name }) => options.only?.has(name) ?? true);
  return withMigrationLock(database, 'postgres', async (session) => {
    await createBookkeeping(session);
    await checkSchema(session, codeVersion);
    const applied: string[] = [];
    for (const file of await pendingOf(session, 'postgres', files)) {
      await applyPatiently(session, file, logger);
      applied.push(file.name);
      logger.info({ migration: file.name }, 'migration applied');
    }
    return applied;
  });
}

/** Refuses a schema that this code cannot work on; for a service that does not migrate by itself. @throws PostgresError `schema_too_new`. */
export async function checkSchema(database: Queryable, codeVersion = CODE_VERSION): Promise<void> {
  const { min_code_version: needed } = await database.one<{ min_code_version: number }>(
    sql`select min_code_version from schema_state`,
  );
  if (needed <= codeVersion) return;
  throw new PostgresError(
    'schema_too_new',
    `The database needs code of version ${needed} or newer, this is version ${codeVersion}. ` +
      'Start the newer release, or restore the database from before its contract step.',
  );
}

/** The files of a folder in order. @throws PostgresError `migration_name` for a name or a number used twice. */
export async function readMigrations(directory: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  const numbers = new Map<string, string>();
  for (const name of names) {
    if (!FILE_NAME.test(name)) {
      throw new PostgresError('migration_name', `Migration ${name} is not named like 0001_what.sql.`);
    }
    const other = numbers.get(name.slice(0, 4));
    if (other !== undefined) {
      throw new PostgresError('migration_name', `Migrations ${other} and ${name} have the same number.`);
    }
    numbers.set(name.slice(0, 4), name);
  }
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
    }),
  );
}

/**
 * Holds the advisory lock of one kind of migrations while `fn` runs, on a connection without a statement timeout. Polls instead of
 * waiting in PostgreSQL: a waiting statement holds a snapshot, and `create index concurrently` of the lock's owner would wait for that.
 */
export async function withMigrationLock<T>(
  database: Database,
  kind: 'postgres' | 'clickhouse',
  fn: (session: Queryable) => Promise<T>,
): Promise<T> {
  const key = kind === 'postgres' ? LOCK_POSTGRES : LOCK_CLICKHOUSE;
  return database.session(async (session) => {
    await session.execute(sql`set statement_timeout = 0`);
    await session.execute(sql`set idle_in_transaction_session_timeout = 0`);
    const deadline = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      const { locked } = await session.one<{ locked: boolean }>(
        sql`select pg_try_advisory_lock(${LOCK_SPACE}::int, ${key}::int) as locked`,
      );
      if (locked) break;
      if (performance.now() > deadline) {
        throw new PostgresError('migration_lock', `Another process has been migrating ${kind} for too long.`);
      }
      await delay(LOCK_POLL_MS);
    }
    return fn(session);
  });
}

/** Tables that the runner needs before the first file. Run under the lock. */
export async function createBookkeeping(session: Queryable): Promise<void> {
  await session.execute(sql`
    create table if not exists schema_migrations (
      store text not null check (store in ('postgres', 'clickhouse')),
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now(),
      primary key (store, name)
    )`);
  await session.execute(sql`
    create table if not exists schema_state (
      only_row boolean primary key default true check (only_row),
      min_code_version integer not null
    )`);
  await session.execute(sql`insert into schema_state (min_code_version) values (1) on conflict do nothing`);
}

/** Files not yet applied, in order. @throws PostgresError `migration_edited` when an applied one has changed. */
export async function pendingOf(
  session: Queryable,
  store: 'postgres' | 'clickhouse',
  files: readonly MigrationFile[],
): Promise<readonly MigrationFile[]> {
  const rows = await session.many<{ name: string; checksum: string }>(
    sql`select name, checksum from schema_migrations where store = ${store}`,
  );
  const applied = new Map(rows.map((row) => [row.name, row.checksum]));
  const edited = files.find((file) => (applied.get(file.name) ?? file.checksum) !== file.checksum);
  if (edited !== undefined) {
    throw new PostgresError(
      'migration_edited',
      `Migration ${edited.name} was edited after it had been applied to this database. ` +
        'Restore the file and put the change into a new one with the next number.',
    );
  }
  return files.filter((file) => !applied.has(file.name));
}

/** Notes a file as applied. */
export async function recordMigration(
  session: Queryable,
  store: 'postgres' | 'clickhouse',
  file: MigrationFile,
): Promise<void> {
  await session.execute(
    sql`insert into schema_migrations (store, name, checksum) values (${store}, ${file.name}, ${file.checksum})`,
  );
}

/** Forgets what was applied to a store, because that store was found to be empty. */
export async function forgetMigrations(session: Queryable, store: 'clickhouse'): Promise<void> {
  await session.execute(sql`delete from schema_migrations where store = ${store}`);
}

/** A migration never queues for a lock longer than 2 s, because everything else would queue behind it; it tries again instead. */
async function applyPatiently(session: Queryable, file: MigrationFile, logger: Logger): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await apply(session, file);
    } catch (error) {
      if (!isRetryable(error) || tried === LOCK_TIMEOUT_TRIES) throw error;
      logger.warn({ migration: file.name, tried }, 'migration waits for a lock');
      await delay(Math.min(5_000, 200 * tried));
    }
  }
}

async function apply(session: Queryable, file: MigrationFile): Promise<void> {
  await session.execute(sql`set lock_timeout = '2s'`);
  if (file.text.startsWith(NO_TRANSACTION)) {
    await dropInvalidIndexes(session, file);
    await session.execute(sqlOfFile(file.text));
    await recordMigration(session, 'postgres', file);
    return;
  }
  await session.execute(sql`begin`);
  try {
    await session.execute(sqlOfFile(file.text));
    await recordMigration(session, 'postgres', file);
    await session.execute(sql`commit`);
  } catch (error) {
    await session.execute(sql`rollback`).catch(() => {}); // the first error says why; the session ends with it
    throw error;
  }
}

/** A broken `create index concurrently` leaves an invalid index behind, which `if not exists` would take for the real one. */
async function dropInvalidIndexes(session: Queryable, file: MigrationFile): Promise<void> {
  const invalid = await session.many<{ name: string }>(sql`
    select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
    where not i.indisvalid and c.relnamespace = current_schema()::regnamespace`);
  const words = new Set(file.text.match(/[a-z0-9_]+/g) ?? []);
  for (const { name } of invalid) {
    if (words.has(name)) await session.execute(sql`drop index concurrently if exists ${identifier(name)}`);
  }
}
