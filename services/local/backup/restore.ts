import { existsSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { migrateClickHouse } from '@culprit/clickhouse';
import { openConfiguredFiles } from '@culprit/files';
import {
  createDatabase,
  type Database,
  migratePostgres,
  readMigrations,
  withCopySession,
} from '@culprit/postgres';
import type { Logger } from '@culprit/runtime';
import { DataFolder, RESTORING } from '../data-folder.ts';
import { inRoot } from '../repository.ts';
import type { RestoreConfig } from './backup-config.ts';
import { BackupFolder } from './backup-folder.ts';
import { copyClickHouseIn, isClickHouseEmpty, openClickHouse } from './clickhouse-copy.ts';
import { checkFiles, copyFilesIn } from './file-copy.ts';
import { type RestoredLog, withRestoredLog } from './log-restore.ts';
import { BackupError, filesOf, type Manifest } from './manifest.ts';
import { type OfflineStores, withOfflineStores } from './offline-stores.ts';
import { copyPostgresIn, isPostgresEmpty } from './postgres-copy.ts';

export interface RestoreOptions {
  readonly config: RestoreConfig;
  /** Folder of a whole backup. */
  readonly from: string;
  readonly logger: Logger;
  readonly onProgress: (message: string) => void;
  /** Runs while only the stores run, once all is there; `culprit verify --repair`. */
  readonly afterwards: (stores: OfflineStores, log: RestoredLog) => Promise<void>;
}

/** What a lock leaves; everything else in a data folder is somebody's. */
const NOBODYS = /^lock(?:$|[.-])/;

/**
 * Brings a backup into an empty data folder and empty stores. Everything is compared with the manifest before the first byte is written. While it
 * works, a mark lies in the folder: `npm start` refuses it, and another restore begins anew.
 *
 * The log is new, embedded unless Kafka is asked for, whatever it was before. It begins at PostgreSQL's positions or above, and ClickHouse's rows all lie below: no place in the log is given twice.
 *
 * @throws BackupError for what a person can mend.
 */
export async function restore(options: RestoreOptions): Promise<Manifest> {
  const { config, logger, onProgress } = options;
  const folder = new BackupFolder(options.from);
  const manifest = await folder.readManifest();
  for (const file of filesOf(manifest)) await folder.check(file);
  await checkFiles(folder, manifest);
  onProgress(`backup of ${manifest.finishedAt}: every file is as it was written`);
  await prepareFolder(config);
  await withOfflineStores(config, logger, async (stores) => {
    await fillStores(folder, manifest, stores, options);
    await copyFilesIn(folder, manifest, await openConfiguredFiles(config.files), onProgress);
    await withRestoredLog({ folder, manifest, stores, config, logger, onProgress }, async (log) => {
      await stores.data.saveLog(log.choice);
      if (manifest.account !== undefined) {
        await stores.data.saveSecrets({ ...(await stores.data.secrets()), firstRun: manifest.account });
      }
      await options.afterwards(stores, log);
    });
  });
  await rm(new DataFolder(config.dataFolder).file(RESTORING), { force: true });
  return manifest;
}

/** @throws BackupError when the folder holds anything but what an unfinished restore left. */
async function prepareFolder(config: RestoreConfig): Promise<void> {
  const data = new DataFolder(config.dataFolder);
  await data.create();
  const names = (await readdir(data.path)).filter((name) => !NOBODYS.test(name));
  if (existsSync(data.file(RESTORING))) {
    for (const name of names) {
      if (name !== RESTORING) await rm(data.file(name), { recursive: true, force: true });
    }
    return;
  }
  if (names.length > 0) {
    throw new BackupError(
      `${config.dataFolderName} is not empty (${names[0]}): restore into an empty folder, by CULPRIT_DATA.`,
    );
  }
  await writeFile(data.file(RESTORING), '{}\n', { mode: 0o600 });
}

async function fillStores(
  folder: BackupFolder,
  manifest: Manifest,
  stores: OfflineStores,
  { logger, onProgress }: RestoreOptions,
): Promise<void> {
  const { databaseUrl: url } = stores;
  const database = createDatabase({ url, applicationName: 'culprit-restore', max: 2, logger });
  const access = openClickHouse(stores.clickhouseUrl);
  const migrate = (only?: Manifest['migrations']): Promise<void> =>
    migrateStores({ database, clickhouse: access.clickhouse, logger }, only);
  try {
    if (!(await isPostgresEmpty(database))) throw notEmpty('PostgreSQL');
    if (!(await isClickHouseEmpty(access))) throw notEmpty('ClickHouse');
    // The schema of the backup first: later migrations may change rows.
    await migrate(manifest.migrations);
    await withCopySession({ url, applicationName: 'culprit-restore' }, (session) =>
      copyPostgresIn(session, folder, manifest, onProgress),
    );
    await copyClickHouseIn(access, folder, manifest, onProgress);
    await migrate();
  } finally {
    await access.close();
    await database.close();
  }
}

function notEmpty(store: string): BackupError {
  return new BackupError(`${store} is not empty: restore into an empty database.`);
}

async function migrateStores(
  parts: Omit<Parameters<typeof migrateClickHouse>[0], 'directory'> & { readonly database: Database },
  only: Manifest['migrations'] | undefined,
): Promise<void> {
  const { database, logger } = parts;
  const of = (names: readonly string[] | undefined) => (names === undefined ? {} : { only: new Set(names) });
  const known = await Promise.all(
    (['postgres', 'clickhouse'] as const).map((store) => readMigrations(inRoot('migrations', store))),
  );
  const names = new Set(known.flat().map(({ name }) => name));
  const unknown = [...(only?.postgres ?? []), ...(only?.clickhouse ?? [])].find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new BackupError(
      `The backup knows ${unknown}, which this release does not: restore with a newer one.`,
    );
  }
  await migratePostgres({
    database,
    logger,
    directory: inRoot('migrations', 'postgres'),
    ...of(only?.postgres),
  });
  await migrateClickHouse({
    ...parts,
    directory: inRoot('migrations', 'clickhouse'),
    ...of(only?.clickhouse),
  });
}
