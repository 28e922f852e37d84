import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedStoreError } from '../errors.ts';
import type { Account } from './account.ts';
import type { PostgresBinaries } from './binaries.ts';

const run = promisify(execFile);

export const superuser = 'culprit';

/**
 * Makes the cluster in `<folder>/<major>` where there is none. It is made beside and renamed, so that a kill half-way leaves nothing that looks like one.
 *
 * @returns the cluster's folder
 * @throws EmbeddedStoreError `wrong_version` when there is only one of another major version; `start_failed` when initdb fails
 */
export async function openCluster(options: {
  readonly folder: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly password: string;
}): Promise<string> {
  const { folder, binaries } = options;
  const cluster = join(folder, String(binaries.major));
  if (existsSync(join(cluster, 'PG_VERSION'))) {
    await checkVersion(cluster, binaries.major);
    return cluster;
  }
  const others = (await readdir(folder)).filter((name) => existsSync(join(folder, name, 'PG_VERSION')));
  const left = others.filter((name) => !name.endsWith('.new'));
  if (left.length > 0) {
    throw new EmbeddedStoreError(
      'wrong_version',
      `${folder} holds data of PostgreSQL ${left.join(', ')}; this is PostgreSQL ${binaries.major}. Upgrade it with pg_upgrade or restore a dump.`,
    );
  }
  await makeCluster(options, cluster);
  return cluster;
}

async function makeCluster(
  options: {
    readonly folder: string;
    readonly binaries: PostgresBinaries;
    readonly account: Account | undefined;
    readonly password: string;
  },
  cluster: string,
): Promise<void> {
  const { account, binaries, folder, password } = options;
  const staging = `${cluster}.new`;
  const passwordFile = join(folder, 'initial-password');
  await rm(staging, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account !== undefined) await chown(passwordFile, account.uid, account.gid);
  try {
    await run(
      binaries.initdb,
      [
        `--pgdata=${staging}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--no-instructions',
      ],
      { cwd: folder, env: serverEnvironment(), ...(account ?? {}) },
    );
  } catch (cause) {
    throw new EmbeddedStoreError('start_failed', `initdb failed: ${textOf(cause)}`, { cause });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(staging, cluster);
}

async function checkVersion(cluster: string, major: number): Promise<void> {
  const found = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (found === String(major)) return;
  throw new EmbeddedStoreError(
    'wrong_version',
    `${cluster} holds data of PostgreSQL ${found}, not ${major}.`,
  );
}

/** Nothing of ours: `PG*` variables of the caller would change what the server does. */
export function serverEnvironment(): Record<string, string> {
  const { PATH } = process.env;
  return { PATH: PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function textOf(cause: unknown): string {
  const stderr = (cause as { stderr?: unknown }).stderr;
  return typeof stderr === 'string' && stderr !== '' ? stderr.trim() : String(cause);
}
