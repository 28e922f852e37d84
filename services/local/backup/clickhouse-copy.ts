import { setTimeout as delay } from 'node:timers/promises';
import { type BulkClient, type ClickHouse, createBulkClient, createClickHouse } from '@culprit/clickhouse';
import { CLICKHOUSE_TABLES } from '@culprit/retention';
import type { BackupFolder } from './backup-folder.ts';
import {
  engineVersion,
  LOOK_AHEAD,
  monthsOfTable,
  rowsOfTables,
  runningMutations,
  TABLE_QUERIES,
  type TableQueries,
} from './clickhouse-queries.ts';
import { BackupError, type Manifest } from './manifest.ts';

type Progress = (message: string) => void;
type TablePart = Manifest['clickhouse']['tables'][number];

/** Bytes of one chunk, about: one answer, one file, one insert. The embedded engine takes bodies of 64 MiB; one event has at most one or two. */
const CHUNK_BYTES = 16 * 1024 * 1024;
const MUTATION_POLL_MS = 500;

/** The two connections that a copy needs. */
export interface ClickHouseAccess {
  readonly clickhouse: ClickHouse;
  readonly bulk: BulkClient;
  close(): Promise<void>;
}

export function openClickHouse(url: string): ClickHouseAccess {
  const clickhouse = createClickHouse({ url, requestTimeoutMs: 600_000, maxExecutionSeconds: 600 });
  const bulk = createBulkClient({ url });
  return {
    clickhouse,
    bulk,
    close: async () => {
      await bulk.close();
      await clickhouse.close();
    },
  };
}

export async function engineVersionOf({ clickhouse }: ClickHouseAccess): Promise<string> {
  const [row] = await clickhouse.query(engineVersion, {});
  return row?.version ?? 'unknown';
}

/**
 * Copies the rows of every table that lie below `positions`, in chunks in the order of the sort key, so that each chunk reads its own
 * stretch of the table, whatever is merged or inserted meanwhile. `between` runs after each chunk.
 */
export async function copyClickHouseOut(
  access: ClickHouseAccess,
  folder: BackupFolder,
  options: {
    readonly positions: readonly number[];
    readonly onProgress: Progress;
    readonly between: () => Promise<void>;
  },
): Promise<Manifest['clickhouse']> {
  await mutationsToEnd(access);
  const tables: TablePart[] = [];
  for (const queries of TABLE_QUERIES) {
    const part = await copyTable(queries, access, folder, options);
    tables.push(part);
    const bytes = part.chunks.reduce((sum, chunk) => sum + chunk.bytes, 0);
    options.onProgress(`ClickHouse ${part.name}: ${part.rows} rows, ${bytes} bytes`);
  }
  return { tables };
}

/** Adds what a backup holds to empty tables, and counts it. */
export async function copyClickHouseIn(
  { clickhouse, bulk }: ClickHouseAccess,
  folder: BackupFolder,
  manifest: Manifest,
  onProgress: Progress,
): Promise<void> {
  for (const { name, rows, chunks } of manifest.clickhouse.tables) {
    if (!CLICKHOUSE_TABLES.some((table) => table.name === name)) {
      throw new BackupError(
        `This release has no table ${name}: restore with the release that made the backup.`,
      );
    }
    for (const chunk of chunks) await bulk.importRows(name, await folder.readAll(chunk));
    const [found] = await clickhouse.query(rowsOfTables, { tables: [name] });
    if ((found?.rows ?? 0) !== rows) {
      throw new BackupError(`${name} has ${found?.rows} rows after the restore, the backup says ${rows}.`);
    }
    onProgress(`ClickHouse ${name}: ${rows} rows`);
  }
}

/** What a restore may not find. */
export async function isClickHouseEmpty({ clickhouse }: ClickHouseAccess): Promise<boolean> {
  await clickhouse.createDatabase();
  const [found] = await clickhouse.query(rowsOfTables, { tables: CLICKHOUSE_TABLES.map(({ name }) => name) });
  return (found?.rows ?? 0) === 0;
}

/** A delete that still runs would take rows from under the copy. */
async function mutationsToEnd({ clickhouse }: ClickHouseAccess): Promise<void> {
  while (((await clickhouse.query(runningMutations, {}))[0]?.running ?? 0) > 0) await delay(MUTATION_POLL_MS);
}

async function copyTable(
  queries: TableQueries,
  access: ClickHouseAccess,
  folder: BackupFolder,
  options: { readonly positions: readonly number[]; readonly between: () => Promise<void> },
): Promise<TablePart> {
  const { table } = queries;
  const chunks: TablePart['chunks'] = [];
  const positions = [...options.positions];
  const months = table.isMonthly
    ? (await access.clickhouse.query(monthsOfTable, { table: table.name })).map(({ month }) => month)
    : [0];
  for (const month of months) {
    for (const { project } of await access.clickhouse.query(queries.projects, { positions, month })) {
      for await (const { rows, bytes } of chunksOf(queries, { positions, month, project }, access)) {
        const name = `clickhouse/${table.name}/${String(chunks.length).padStart(6, '0')}.native.zst`;
        chunks.push({ ...(await folder.write(name, bytes)), rows });
        await options.between();
      }
    }
  }
  return { name: table.name, rows: chunks.reduce((sum, chunk) => sum + chunk.rows, 0), chunks };
}

interface Stretch {
  readonly positions: number[];
  readonly month: number;
  readonly project: number;
}

async function* chunksOf(
  queries: TableQueries,
  stretch: Stretch,
  { clickhouse, bulk }: ClickHouseAccess,
): AsyncIterable<{ readonly rows: number; readonly bytes: Buffer }> {
  let from: readonly string[] | undefined;
  for (;;) {
    const behind = { ...stretch, fresh: from === undefined ? 1 : 0, ...keyParams(queries, 'from', from) };
    const ahead = (await clickhouse.query(queries.bounds, behind)).map((row) =>
      boundOf(row as Readonly<Record<string, string>>, queries.key.length),
    );
    const { rows, to } = cut(ahead);
    if (to === undefined) return;
    const bytes = await bulk.exportRows(queries.rows, { ...behind, ...keyParams(queries, 'to', to) });
    yield { rows, bytes };
    from = to;
  }
}

interface Bound {
  readonly key: readonly string[];
  readonly bytes: number;
}

function boundOf(row: Readonly<Record<string, string>>, length: number): Bound {
  return {
    key: Array.from({ length }, (_, i) => row[`k${i}`] ?? ''),
    bytes: Number(row.bytes),
  };
}

/**
 * As many rows as make a chunk; rows with the same key stay together, so that the next chunk can begin behind a key.
 *
 * @throws BackupError when more rows have one key than are looked at: no record makes so many.
 */
export function cut(
  ahead: readonly Bound[],
  limits: { readonly bytes: number; readonly lookAhead: number } = {
    bytes: CHUNK_BYTES,
    lookAhead: LOOK_AHEAD,
  },
): { readonly rows: number; readonly to: readonly string[] | undefined } {
  let bytes = 0;
  let end = 0;
  while (end < ahead.length && (end === 0 || bytes < limits.bytes)) bytes += ahead[end++]?.bytes ?? 0;
  const isAll = end === ahead.length && ahead.length < limits.lookAhead;
  const endsKey = (at: number): boolean => !sameKey(ahead[at - 1], ahead[at]);
  let cutAt = end;
  if (!isAll) {
    // Behind the last row that was looked at may come one with the same key.
    while (cutAt > 0 && (cutAt === ahead.length || !endsKey(cutAt))) cutAt -= 1;
    if (cutAt === 0) {
      cutAt = end;
      while (cutAt < ahead.length && !endsKey(cutAt)) cutAt += 1;
      if (cutAt === ahead.length && ahead.length >= limits.lookAhead) {
        throw new BackupError('More rows than a record can make stand at one place.');
      }
    }
  }
  return { rows: cutAt, to: ahead[cutAt - 1]?.key };
}

function sameKey(a: Bound | undefined, b: Bound | undefined): boolean {
  return a !== undefined && b !== undefined && a.key.every((value, i) => value === b.key[i]);
}

function keyParams(
  queries: TableQueries,
  prefix: 'from' | 'to',
  key: readonly string[] | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    queries.key.map((_, i) => [`${prefix}${i}`, key?.[i] ?? smallest(queries.table.key[i + 1]?.type ?? '')]),
  );
}

/** Any value of the type: it stands where nothing is compared yet. */
function smallest(type: string): string {
  if (type.startsWith('DateTime')) return '1970-01-01 00:00:00';
  if (type === 'UUID') return '00000000-0000-0000-0000-000000000000';
  return type === 'String' ? '' : '0';
}
