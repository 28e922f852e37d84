import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type EventLog, EventLogError, openConfiguredLog, readSpool } from '@culprit/event-log';
import { openConfiguredFiles } from '@culprit/files';
import { createDatabase, withCopySession, withMaintenanceLock } from '@culprit/postgres';
import type { Logger } from '@culprit/runtime';
import { z } from 'zod';
import { DataFolder } from '../data-folder.ts';
import { inRoot } from '../repository.ts';
import type { BackupConfig } from './backup-config.ts';
import { BackupFolder } from './backup-folder.ts';
import {
  type ClickHouseAccess,
  copyClickHouseOut,
  engineVersionOf,
  openClickHouse,
} from './clickhouse-copy.ts';
import { copyFilesOut } from './file-copy.ts';
import { LogCopy } from './log-copy.ts';
import { BACKUP_FORMAT, BackupError, type Manifest } from './manifest.ts';
import { copyPostgresOut, type PostgresPart } from './postgres-copy.ts';

/** A delete of a large table may take minutes; a backup waits for it. */
const LOCK_PATIENCE_MS = 30 * 60_000;

export interface BackupOptions {
  readonly config: BackupConfig;
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  /** An empty folder, or one that is made. */
  readonly to: string;
  readonly logger: Logger;
  readonly onProgress: (message: string) => void;
}

/**
 * Copies all that is stored while events come in. PostgreSQL first, in one snapshot: its positions say which rows of ClickHouse belong to
 * it, and only those are copied. What was not committed by then is copied as records of the log, and counted after the restore.
 * The files come last, so that every file that a copied row or record names is there.
 *
 * @throws BackupError for what a person can mend. The folder then holds no manifest.
 */
export async function backup(options: BackupOptions): Promise<Manifest> {
  const folder = new BackupFolder(options.to);
  await folder.create();
  const { databaseUrl: url, logger } = options;
  const database = createDatabase({ url, applicationName: 'culprit-backup', max: 1, logger });
  try {
    const done = await withMaintenanceLock(database, () => copyAll(folder, options), {
      patienceMs: LOCK_PATIENCE_MS,
    });
    if (done === undefined)
      throw new BackupError('Retention or another backup has been running for too long.');
    return done.result;
  } finally {
    await database.close();
  }
}

async function copyAll(folder: BackupFolder, options: BackupOptions): Promise<Manifest> {
  const { config, onProgress } = options;
  const data = new DataFolder(config.dataFolder);
  const startedAt = new Date().toISOString();
  const log = await openLog(options);
  const access = openClickHouse(options.clickhouseUrl);
  try {
    const part = await withCopySession(
      { url: options.databaseUrl, applicationName: 'culprit-backup' },
      (session) => copyPostgresOut(session, folder, { topic: config.log.topic, onProgress }),
    );
    const positions = Array.from(
      { length: Math.max(log.partitions, part.positions.length) },
      (_, partition) => part.positions[partition] ?? config.log.firstOffset ?? 0,
    );
    const { clickhouse, records } = await copyEvents({ folder, access, log, positions }, options);
    const files = await copyFilesOut(await openConfiguredFiles(config.files), folder, onProgress);
    const manifest = {
      ...headOf(config, part, await engineVersionOf(access), await ownVersion(), startedAt),
      positions,
      postgres: part.postgres,
      clickhouse,
      log: records,
      files,
      ...(await accountOf(data)),
    };
    await folder.writeManifest(manifest);
    return manifest;
  } finally {
    await access.close();
    await log.close();
  }
}

async function openLog({ config, logger }: BackupOptions): Promise<EventLog> {
  try {
    return await openConfiguredLog(config.log, { clientId: 'culprit-backup', logger });
  } catch (cause) {
    if (!(cause instanceof EventLogError) || cause.code !== 'unavailable') throw cause;
    const message =
      'Kafka does not answer. Without it the backup would lack what is acknowledged and not counted yet.';
    throw new BackupError(message, { cause });
  }
}

/** ClickHouse, and beside it what the log has and PostgreSQL's copy does not count. */
async function copyEvents(
  parts: {
    readonly folder: BackupFolder;
    readonly access: ClickHouseAccess;
    readonly log: EventLog;
    readonly positions: readonly number[];
  },
  { config, onProgress }: BackupOptions,
): Promise<{ readonly clickhouse: Manifest['clickhouse']; readonly records: Manifest['log'] }> {
  const { folder, access, log, positions } = parts;
  const copy = await LogCopy.begin(log, positions, folder.path);
  try {
    await copy.catchUp();
    const clickhouse = await copyClickHouseOut(access, folder, {
      positions,
      onProgress,
      between: () => copy.catchUp(),
    });
    // What leaves the spool after it was read comes to the log, which is read once more.
    if (config.log.mode === 'kafka') await copySpool(copy, new DataFolder(config.dataFolder), onProgress);
    await copy.catchUp();
    const records = await copy.finish(folder);
    const waiting = records.reduce((sum, part) => sum + part.records, 0);
    onProgress(`event log: ${waiting} records that were not committed yet`);
    return { clickhouse, records };
  } catch (error) {
    await copy.abandon();
    throw error;
  }
}

async function copySpool(
  copy: LogCopy,
  data: DataFolder,
  onProgress: (message: string) => void,
): Promise<void> {
  let records = 0;
  for await (const record of readSpool(data.file('spool'))) {
    await copy.add(record);
    records += 1;
  }
  if (records > 0) onProgress(`spool of this machine: ${records} records that wait for Kafka`);
}

function headOf(
  config: BackupConfig,
  part: PostgresPart,
  clickhouse: string,
  culprit: string,
  startedAt: string,
): Pick<
  Manifest,
  'format' | 'startedAt' | 'finishedAt' | 'versions' | 'migrations' | 'topic' | 'firstOffset'
> {
  return {
    format: BACKUP_FORMAT,
    startedAt,
    finishedAt: new Date().toISOString(),
    versions: { culprit, node: process.versions.node, postgres: part.version, clickhouse },
    migrations: part.migrations,
    topic: config.log.topic,
    firstOffset: config.log.firstOffset ?? 0,
  };
}

/** Nothing is made up where there is no first start, as beside stores of one's own. */
async function accountOf(data: DataFolder): Promise<Pick<Manifest, 'account'>> {
  if (!existsSync(data.file('secrets.json'))) return {};
  const { firstRun } = await data.secrets();
  return firstRun === undefined ? {} : { account: firstRun };
}

async function ownVersion(): Promise<string> {
  const text = await readFile(inRoot('package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
