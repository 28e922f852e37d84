import { readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';
import { EmbeddedStoreError } from '../errors.ts';
import { commandOf, isZombie, parentOf } from '../process-state.ts';
import { readPostmasterFile } from './postmaster-file.ts';

const FAST_MS = 30_000;
const IMMEDIATE_MS = 10_000;
const ownerFile = 'owner.pid';

/** Notes that this process starts the postmaster, so that a later start can tell an orphan from one that is in use. */
export async function noteOwner(folder: string): Promise<void> {
  await writeFile(join(folder, ownerFile), String(process.pid), { mode: 0o600 });
}

/**
 * Makes room for a new postmaster: stops one that a killed supervisor left running, and removes the pid file of one that is gone (its number may belong to another
 * process by now, and then PostgreSQL would refuse to start).
 *
 * @throws EmbeddedStoreError `in_use` when its supervisor is alive; `stop_failed` when it cannot be ended
 */
export async function clearOrphan(folder: string, cluster: string, logger: Logger): Promise<void> {
  const file = await readPostmasterFile(cluster);
  if (file === undefined) return;
  if (!(await isPostmasterOf(cluster, file.pid))) {
    await rm(join(cluster, 'postmaster.pid'), { force: true });
    return;
  }
  const owner = Number(await readFile(join(folder, ownerFile), 'utf8').catch(() => ''));
  // A process whose parent dies gets another parent: while it still has the one that was noted, that one is alive.
  if ((await parentOf(file.pid)) === owner) {
    throw new EmbeddedStoreError('in_use', `${folder} is in use by another supervisor (process ${owner}).`);
  }
  logger.warn({ postmaster: file.pid }, 'stopping a PostgreSQL that a killed supervisor left running');
  await endPostmaster(file.pid, () => isPostmasterOf(cluster, file.pid));
}

async function endPostmaster(pid: number, isAlive: () => Promise<boolean>): Promise<void> {
  const steps: readonly (readonly [signal: NodeJS.Signals, ms: number])[] = [
    ['SIGINT', FAST_MS],
    ['SIGQUIT', IMMEDIATE_MS],
    ['SIGKILL', IMMEDIATE_MS],
  ];
  for (const [signal, ms] of steps) {
    try {
      process.kill(pid, signal);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw new EmbeddedStoreError(
        'stop_failed',
        `Process ${pid} (PostgreSQL) belongs to another user: stop it.`,
        { cause },
      );
    }
    for (const end = Date.now() + ms; Date.now() < end; await delay(20)) if (!(await isAlive())) return;
  }
  throw new EmbeddedStoreError('stop_failed', `Process ${pid} (PostgreSQL) does not end.`);
}

/** A postmaster's working directory is its data folder; where there is no /proc, its command line names it. */
async function isPostmasterOf(cluster: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
    return directory !== undefined && directory === (await realpath(cluster)) && !(await isZombie(pid));
  }
  return (await commandOf(pid))?.includes(cluster) ?? false;
}
