import type { Logger } from '@culprit/runtime';
import type { RunFile } from './data-folder.ts';
import { isAlive, signalProcess, waitUntilGone } from './process-identity.ts';

const PATIENCE_MS = 20_000;
const FORCED_MS = 5_000;

/**
 * Waits for the processes that a killed supervisor left behind; they stop by themselves when they notice. One that does not is asked, then
 * ended. PostgreSQL does not notice: its own start stops it.
 */
export async function endLeftovers(run: RunFile | undefined, logger: Logger): Promise<void> {
  const left = Object.entries(run?.processes ?? {}).filter(
    ([name, one]) => name !== 'postgres' && isAlive(one),
  );
  if (left.length === 0) return;
  logger.warn({ processes: left.map(([name]) => name) }, 'the last run was killed, its processes still stop');
  await Promise.all(
    left.map(async ([name, leftover]) => {
      signalProcess(leftover, 'SIGTERM');
      if (await waitUntilGone(leftover, PATIENCE_MS)) return;
      logger.warn({ process: name, pid: leftover.pid }, 'process of the last run does not stop, ending it');
      signalProcess(leftover, 'SIGKILL');
      await waitUntilGone(leftover, FORCED_MS);
    }),
  );
}
