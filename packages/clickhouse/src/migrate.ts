import {
  createBookkeeping,
  type Database,
  forgetMigrations,
  pendingOf,
  readMigrations,
  recordMigration,
  withMigrationLock,
} from '@culprit/postgres';
import type { Logger } from '@culprit/runtime';
import type { ClickHouse } from './clickhouse.ts';
import { ClickHouseError } from './errors.ts';

export interface MigrateClickHouseOptions {
  readonly clickhouse: ClickHouse;
  /** Where it is recorded what was applied, and whose advisory lock makes one process at a time work. */
  readonly database: Database;
  /** Folder of `NNNN_what.sql`, one idempotent statement each. */
  readonly directory: string;
  readonly logger: Logger;
  /** Apply these files only: the schema of an older release, to fill it from its backup. */
  readonly only?: ReadonlySet<string>;
  /** Differences of a cluster. Absent: one server or the embedded engine. */
  readonly cluster?: ClusterSubstitutions;
}

/** The only two places where a cluster's migration differs from a single server's. */
export interface ClusterSubstitutions {
  /** After `ENGINE = `, in place of `MergeTree`; for example `ReplicatedMergeTree`. */
  readonly engine: string;
  /** After `CREATE TABLE IF NOT EXISTS x` and `ALTER TABLE x`; for example `ON CLUSTER '{cluster}'`. */
  readonly onCluster: string;
}

/**
 * Brings ClickHouse up to the files of `directory`, creating the database when it is missing. A process that dies between a statement
 * and its record repeats the statement, which is why each must be idempotent. The same process-safety as `migratePostgres`.
 *
 * @returns the names of the files applied now.
 */
export async function migrateClickHouse(options: MigrateClickHouseOptions): Promise<readonly string[]> {
  const { clickhouse, database, directory, logger, cluster } = options;
  const files = (await readMigrations(directory)).filter(({ name }) => options.only?.has(name) ?? true);
  return withMigrationLock(database, 'clickhouse', async (session) => {
    await createBookkeeping(session);
    const isNew = await clickhouse.createDatabase(cluster?.onCluster);
    if (isNew) await forgetMigrations(session, 'clickhouse');
    const applied: string[] = [];
    for (const file of await pendingOf(session, 'clickhouse', files)) {
      await clickhouse.command(statementOf(file.name, file.text, cluster));
      await recordMigration(session, 'clickhouse', file);
      applied.push(file.name);
      logger.info({ migration: file.name }, 'migration applied');
    }
    return applied;
  });
}

/** The statements of a folder's files, in order, with the cluster's differences put in. */
export async function clickhouseStatements(
  directory: string,
  cluster?: ClusterSubstitutions,
): Promise<readonly { readonly name: string; readonly statement: string }[]> {
  const files = await readMigrations(directory);
  return files.map(({ name, text }) => ({ name, statement: statementOf(name, text, cluster) }));
}

const ENGINE = 'ENGINE = MergeTree';
const TABLE = /((?:CREATE TABLE IF NOT EXISTS|ALTER TABLE) [a-z0-9_]+)/;

function statementOf(name: string, text: string, cluster: ClusterSubstitutions | undefined): string {
  const statement = text.trim().replace(/;$/, '');
  const withoutComments = statement.replaceAll(/^--.*$/gm, '');
  if (withoutComments.includes(';')) {
    throw new ClickHouseError('migration', `Migration ${name} holds more than one statement.`);
  }
  if (cluster === undefined) return statement;
  return statement
    .replace(ENGINE, `ENGINE = ${cluster.engine}`)
    .replace(TABLE, (table) => `${table} ${cluster.onCluster}`);
}
