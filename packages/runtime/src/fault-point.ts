import { access, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const folder = process.env.CULPRIT_FAULT_DIR;
const HOLD_MS = 15_000;

/**
 * A place where the chaos driver may stop time. Without `CULPRIT_FAULT_DIR` it does nothing. With it: where a file `<name>.armed`
 * lies in that folder, it is renamed to `<name>.<pid>.hit` and the process waits (at most 15 s) until that file is gone, so that the driver
 * can kill this process or a store in exactly this moment.
 */
export async function faultPoint(name: string): Promise<void> {
  if (folder === undefined || folder === '') return;
  const hit = join(folder, `${name}.${process.pid}.hit`);
  try {
    await rename(join(folder, `${name}.armed`), hit);
  } catch {
    return; // not armed
  }
  const deadline = Date.now() + HOLD_MS;
  while (Date.now() < deadline) {
    try {
      await access(hit);
    } catch {
      return;
    }
    await delay(10);
  }
}
