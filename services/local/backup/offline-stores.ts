import type { Logger } from '@culprit/runtime';
import type { LocalConfig } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { FolderInUseError, lockFolder } from '../folder-lock.ts';
import { endLeftovers } from '../leftovers.ts';
import type { RunningPart } from '../part.ts';
import { choosePort } from '../ports.ts';
import { embeddedUrl, startStore } from '../stores.ts';
import { BackupError } from './manifest.ts';

export interface OfflineStores {
  readonly data: DataFolder;
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
}

/**
 * Runs `fn` with the stores of a data folder started and nothing else: no service reads or writes meanwhile. Stores that
 * `DATABASE_URL` and `CLICKHOUSE_URL` name are not started; that their services stand still is then the caller's care.
 *
 * @throws BackupError when Culprit runs on the folder.
 */
export async function withOfflineStores<T>(
  config: LocalConfig,
  logger: Logger,
  fn: (stores: OfflineStores) => Promise<T>,
): Promise<T> {
  const data = new DataFolder(config.dataFolder);
  await data.create();
  const lock = lockOrSay(data, config);
  const running: RunningPart[] = [];
  try {
    await endLeftovers(await data.run(), logger);
    const secrets = await data.secrets();
    const taken = new Set<number>();
    const urlOf = async (kind: 'postgres' | 'clickhouse', external: string | undefined): Promise<string> => {
      if (external !== undefined) return external;
      const { port } = await choosePort('127.0.0.1', { asked: 0, default: 0 }, taken);
      const options = { dataFolder: data.file(kind), port, password: secrets[kind], logger };
      running.push(await startStore(kind, options));
      return embeddedUrl(kind, port, secrets[kind]);
    };
    return await fn({
      data,
      databaseUrl: await urlOf('postgres', config.databaseUrl),
      clickhouseUrl: await urlOf('clickhouse', config.clickhouseUrl),
    });
  } finally {
    for (const part of running.reverse()) await part.stop();
    lock.release();
  }
}

function lockOrSay(data: DataFolder, config: LocalConfig): ReturnType<typeof lockFolder> {
  try {
    return lockFolder(data.file('lock'));
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    throw new BackupError(`Culprit runs on ${config.dataFolderName}: stop it first.`, { cause: error });
  }
}
