import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkSchema, createDatabase } from '@culprit/postgres';
import { type Logger, silentLogger } from '@culprit/runtime';
import { runCommand } from '../commands/run-command.ts';
import { migrateDatabase, migrateEvents } from '../stores.ts';
import { InstallationError } from './installation.ts';
import { type Manifest, unreadableFormats } from './manifest.ts';
import type { ReleaseFolder } from './release-folder.ts';

export interface Stores {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
}

const MIGRATE = join('services', 'local', 'commands', 'migrate.ts');

/**
 * Whether `target` can run on what `running` left behind, and, unless `isOneWay`, whether there is a way back.
 *
 * @returns whether the two may run side by side: each reads what the other writes.
 * @throws InstallationError
 */
export function demandReadable(options: {
  readonly running: Manifest | undefined;
  readonly target: Manifest | undefined;
  readonly isOneWay: boolean;
}): boolean {
  const { running, target, isOneWay } = options;
  if (running === undefined || target === undefined) return true;
  const strange = unreadableFormats(running.formats, target.formats);
  if (strange.length > 0)
    throw new InstallationError(`That release cannot read what this one wrote: ${strange.join(', ')}.`);
  const lost = unreadableFormats(target.formats, running.formats);
  if (lost.length > 0 && !isOneWay) {
    throw new InstallationError(
      `There would be no way back: the release that runs cannot read what the new one writes (${lost.join(', ')}). ` +
        'Deploy one in between that reads both, or say --one-way.',
    );
  }
  return lost.length === 0;
}

/**
 * Refuses a database that needs newer code than `target`, then applies the migrations that `target` brings and the database lacks. They only add, so
 * that what runs goes on running. Done by the new release's own code, which knows its migrations.
 *
 * @throws InstallationError with the reason.
 */
export async function prepareStores(
  target: ReleaseFolder,
  { databaseUrl, clickhouseUrl }: Stores,
  logger: Logger = silentLogger(),
): Promise<void> {
  try {
    if (existsSync(join(target.root, MIGRATE))) {
      const env = { DATABASE_URL: databaseUrl, CLICKHOUSE_URL: clickhouseUrl };
      await runCommand(target.runtime, [join(target.root, MIGRATE)], { cwd: target.root, env });
      return;
    }
    await demandSchema(databaseUrl, target, logger);
    await migrateDatabase(databaseUrl, logger, target.root);
    await migrateEvents({ databaseUrl, clickhouseUrl }, logger, target.root);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InstallationError(`The stores do not fit that release: ${reason}`, { cause });
  }
}

async function demandSchema(databaseUrl: string, { manifest }: ReleaseFolder, logger: Logger): Promise<void> {
  const database = createDatabase({ url: databaseUrl, applicationName: 'culprit-deploy', max: 1, logger });
  try {
    await checkSchema(database, manifest?.code_version);
  } finally {
    await database.close();
  }
}
