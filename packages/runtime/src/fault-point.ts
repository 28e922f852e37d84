import { access, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const folder = process.env.CULPRIT_FAULT_DIR;
const HOLD_MS = 15_000;

/**
 * A place where the chaos driver may stop time. Without `CULPRIT_FAULT_DIR` it does nothing. With it: where a file `<name>.armed`
 * lies in that folder, it is renamed to `<name>.<pid>.hit` and the process waits (at most 15 s) until that file is gone, so that the driver
 * can kill this process or a store in exactly this moment.
 *
 * Where a file `<name>.throws` lies there, this takes it away and throws; with `<name>.always-throws` it throws as long as that lies there. With
 * `<name>.crashes`, an exception that nobody catches ends the process here.
 */
export async function faultPoint(name: string): Promise<void> {
  if (folder === undefined || folder === '') return;
  if (await takeAway(join(folder, `${name}.throws`))) throw new InjectedFault(name);
  if (await isThere(join(folder, `${name}.always-throws`))) throw new InjectedFault(name);
  if (await isThere(join(folder, `${name}.crashes`))) {
    setImmediate(() => {
      throw new InjectedFault(name);
    });
    await new Promise(() => {}); // the process ends first
  }
  const hit = join(folder, `${name}.${process.pid}.hit`);
  try {
    await rename(join(folder, `${name}.armed`), hit);
  } catch {
    return; // not armed
  }
  const deadline = Date.now() + HOLD_MS;
  while (Date.now() < deadline) {
    if (!(await isThere(hit))) return;
    await delay(10);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** True for the one of several processes that took it. */
async function takeAway(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch {
    return false;
  }
}

/** A test wants to see what happens. */
class InjectedFault extends Error {
  readonly code = 'injected_fault';
  constructor(name: string) {
    super(`a fault was injected at ${name}`);
    this.name = 'InjectedFault';
  }
}
