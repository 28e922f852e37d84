import { setTimeout as delay } from 'node:timers/promises';
import { type CopySession, identifier, joinSql, type Queryable, type Sql, sql } from '@culprit/postgres';
import { POSTGRES_TABLES } from '@culprit/retention';
import { type BackupFolder, counter } from './backup-folder.ts';
import { BackupError, type Manifest } from './manifest.ts';

type Progress = (message: string) => void;

const PARTS_POLL_MS = 200;
/** Parts are committed one after the other, in seconds. */
const PARTS_PATIENCE_MS = 120_000;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What a copy of PostgreSQL is, but for its schema, which the migrations make. */
export interface PostgresPart {
  readonly version: string;
  readonly migrations: Manifest['migrations'];
  readonly positions: readonly number[];
  readonly postgres: Manifest['postgres'];
}

/**
 * Copies every table of the schema in one snapshot: what is not in the list of tables (`@culprit/retention`) is copied too, so that nothing
 * is lost that a newer release has made. Writers are not held up.
 */
export async function copyPostgresOut(
  session: CopySession,
  folder: BackupFolder,
  options: {
    readonly topic: string;
    readonly onProgress: Progress;
    /** Milliseconds for which a batch that is committed in parts is waited for. */
    readonly patienceMs?: number;
  },
): Promise<PostgresPart> {
  await beginSnapshot(session, options);
  const { version } = await session.one<{ version: string }>(
    sql`select current_setting('server_version') as version`,
  );
  const tables: Manifest['postgres']['tables'] = [];
  for (const { name, columns } of await tablesOf(session)) {
    if (isLeftOut(name)) continue;
    const content = session.copyOut(sql`copy ${identifier(name)} (${namesOf(columns)}) to stdout`);
    let rows = 0;
    const counted = content.pipe(counter((chunk) => (rows += linesIn(chunk))));
    content.on('error', (error) => counted.destroy(error));
    const file = await folder.write(`postgres/${name}.copy.zst`, counted);
    tables.push({ name, columns: [...columns], rows, file });
  }
  const part = {
    version: version.split(' ', 1)[0] ?? version,
    migrations: {
      postgres: await appliedTo(session, 'postgres'),
      clickhouse: await appliedTo(session, 'clickhouse'),
    },
    positions: await positionsOf(session, options.topic),
    postgres: { tables, sequences: await sequencesOf(session) },
  };
  await session.execute(sql`commit`);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  options.onProgress(`PostgreSQL: ${tables.length} tables, ${rows} rows`);
  return part;
}

/**
 * Begins the snapshot at a moment at which no batch is committed in parts. Of such a one ClickHouse has all rows, in sums that stand at the place of its first record: a
 * copy that ends at the position between its parts would have some of the rows of what comes after, and a restore would take all of them for stored.
 *
 * @throws BackupError when a batch stays as it is: its processor does not run.
 */
async function beginSnapshot(
  session: Queryable,
  { topic, patienceMs = PARTS_PATIENCE_MS }: { readonly topic: string; readonly patienceMs?: number },
): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    await session.execute(sql`begin transaction isolation level repeatable read, read only`);
    const parts = await session.many<{ partition: number }>(sql`
      select partition from batch_plans
      where topic = ${topic} and jsonb_array_length(plan -> 'storedTables') > 0 order by partition`);
    if (parts.length === 0) return;
    await session.execute(sql`rollback`);
    if (Date.now() >= until) {
      throw new BackupError(
        `A batch of partition ${parts.map(({ partition }) => partition).join(', ')} is committed in parts, and stays half done: let a processor finish it, then run the backup again.`,
      );
    }
    await delay(PARTS_POLL_MS);
  }
}

/** Fills the tables of a migrated, otherwise empty schema. What migrations and triggers have put there goes first. */
export async function copyPostgresIn(
  session: CopySession,
  folder: BackupFolder,
  manifest: Manifest,
  onProgress: Progress,
): Promise<void> {
  const order = await loadOrder(session);
  const known = new Set(order);
  const missing = manifest.postgres.tables.filter(({ name }) => !known.has(name));
  if (missing.length > 0) {
    throw new BackupError(
      `This release has no table ${missing[0]?.name}: restore with the release that made the backup.`,
    );
  }
  await session.execute(sql`begin`);
  const tables = new Map(manifest.postgres.tables.map((table) => [table.name, table]));
  for (const name of [...order].reverse()) {
    if (tables.has(name)) await session.execute(sql`delete from ${identifier(name)}`);
  }
  for (const name of order) {
    const table = tables.get(name);
    if (table === undefined) continue;
    const copy = sql`copy ${identifier(name)} (${namesOf(table.columns)}) from stdin`;
    await session.copyIn(copy, folder.read(table.file));
    const { rows } = await session.one<{ rows: string }>(
      sql`select count(*) as rows from ${identifier(name)}`,
    );
    if (Number(rows) !== table.rows) {
      throw new BackupError(`${name} has ${rows} rows after the restore, the backup says ${table.rows}.`);
    }
  }
  for (const { name, last, isCalled } of manifest.postgres.sequences) {
    await session.execute(sql`select setval(${name}::regclass, ${last}::bigint, ${isCalled})`);
  }
  // Whoever kept a snapshot of keys from a later time must see that this is another state, whatever its number was.
  await session.execute(
    sql`update config_version set version = greatest(version, (extract(epoch from clock_timestamp()) * 1000)::bigint)`,
  );
  await session.execute(sql`commit`);
  await session.execute(sql`analyze`);
  onProgress(`PostgreSQL: ${tables.size} tables filled`);
}

/** What a restore may not find: anything that somebody has made. */
export async function isPostgresEmpty(database: Queryable): Promise<boolean> {
  const { there } = await database.one<{ there: boolean }>(sql`
    select to_regclass('organizations') is not null as there`);
  if (!there) return true;
  const { filled } = await database.one<{ filled: boolean }>(
    sql`select exists (select from organizations) as filled`,
  );
  return !filled;
}

function isLeftOut(name: string): boolean {
  const known = POSTGRES_TABLES.find((table) => table.name === name);
  return known !== undefined && known.inBackup !== 'copied';
}

function namesOf(columns: readonly string[]): Sql {
  return joinSql(columns.map(identifier), sql`, `);
}

/** A row ends with a line break; those in values are escaped. */
function linesIn(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
  return lines;
}

async function tablesOf(session: Queryable): Promise<readonly Table[]> {
  return session.many<Table>(sql`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    group by c.relname order by c.relname`);
}

/** Tables, those that others name first. */
async function loadOrder(session: Queryable): Promise<readonly string[]> {
  const tables = (await tablesOf(session)).map((table) => table.name);
  const references = await session.many<{ child: string; parent: string }>(sql`
    select c.relname as child, p.relname as parent
    from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class p on p.oid = f.confrelid
    where f.contype = 'f' and c.relnamespace = current_schema()::regnamespace and c.oid <> p.oid`);
  const order: string[] = [];
  const left = new Set(tables);
  while (left.size > 0) {
    const next = [...left].filter(
      (name) => !references.some(({ child, parent }) => child === name && left.has(parent)),
    );
    if (next.length === 0)
      throw new BackupError(`Tables name each other in a circle: ${[...left].join(', ')}.`);
    for (const name of next) left.delete(name);
    order.push(...next);
  }
  return order;
}

async function sequencesOf(session: Queryable): Promise<Manifest['postgres']['sequences']> {
  const names = await session.many<{ name: string }>(sql`
    select relname as name from pg_class
    where relnamespace = current_schema()::regnamespace and relkind = 'S' order by relname`);
  const sequences: Manifest['postgres']['sequences'] = [];
  for (const { name } of names) {
    const { last, called } = await session.one<{ last: string; called: boolean }>(
      sql`select last_value::text as last, is_called as called from ${identifier(name)}`,
    );
    sequences.push({ name, last, isCalled: called });
  }
  return sequences;
}

async function appliedTo(session: Queryable, store: 'postgres' | 'clickhouse'): Promise<string[]> {
  const rows = await session.many<{ name: string }>(
    sql`select name from schema_migrations where store = ${store} order by name`,
  );
  return rows.map((row) => row.name);
}

async function positionsOf(session: Queryable, topic: string): Promise<readonly number[]> {
  const rows = await session.many<{ partition: number; next: string }>(
    sql`select partition, next from log_positions where topic = ${topic} order by partition`,
  );
  const highest = rows.at(-1)?.partition ?? -1;
  const byPartition = new Map(rows.map((row) => [row.partition, Number(row.next)]));
  return Array.from({ length: highest + 1 }, (_, partition) => byPartition.get(partition) ?? 0);
}
