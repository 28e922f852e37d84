import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';
import { EmbeddedStoreError } from '../errors.ts';
import { commandOf, isZombie, parentOf } from '../process-state.ts';

const ORDERLY_MS = 10_000;
const FORCED_MS = 10_000;
const file = 'broker.pid';

/** Notes which process is the broker of this folder and which one started it. */
export async function noteBroker(folder: string, pid: number): Promise<void> {
  await writeFile(join(folder, file), `${pid} ${process.pid}\n`, { mode: 0o600 });
}

/**
 * Ends a broker that a killed supervisor left running in this folder.
 *
 * @throws EmbeddedStoreError `in_use` when its supervisor is alive; `stop_failed` when it cannot be ended
 */
export async function clearOrphan(folder: string, settingsFile: string, logger: Logger): Promise<void> {
  const noted = await readFile(join(folder, file), 'utf8').catch(() => '');
  const [pid = 0, owner = 0] = noted.split(' ').map(Number);
  if (pid <= 0 || !(await isBrokerOf(settingsFile, pid))) return;
  // A process whose parent dies gets another parent: while it still has the one that was noted, that one is alive.
  if ((await parentOf(pid)) === owner) {
    throw new EmbeddedStoreError('in_use', `${folder} is in use by another supervisor (process ${owner}).`);
  }
  logger.warn({ broker: pid }, 'stopping a Kafka that a killed supervisor left running');
  for (const [signal, ms] of [
    ['SIGTERM', ORDERLY_MS],
    ['SIGKILL', FORCED_MS],
  ] as const) {
    process.kill(pid, signal);
    for (const end = Date.now() + ms; Date.now() < end; await delay(20)) {
      if (!(await isBrokerOf(settingsFile, pid))) return;
    }
  }
  throw new EmbeddedStoreError('stop_failed', `Process ${pid} (Kafka) does not end.`);
}

/** The number may belong to another process by now; a broker's command line names its settings. */
async function isBrokerOf(settingsFile: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux' && (await isZombie(pid))) return false;
  return (await commandOf(pid))?.includes(settingsFile) ?? false;
}
