import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Ended, though nobody has waited for it yet; a process that is not there counts too. */
export async function isZombie(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tZ');
  return /^State:\s+[ZX]/m.test(status);
}

/** Undefined when the process is gone. */
export async function parentOf(pid: number): Promise<number | undefined> {
  const found = await run('ps', ['-p', String(pid), '-o', 'ppid=']).catch(() => undefined);
  if (found !== undefined) return Number(found.stdout.trim());
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const parent = /^PPid:\s+(\d{1,10})$/m.exec(status)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** The command line, its arguments parted by blanks; undefined when the process is gone. */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return line === '' ? undefined : line.replaceAll('\0', ' ');
  }
  const found = await run('ps', ['-p', String(pid), '-o', 'command=']).catch(() => undefined);
  return found?.stdout;
}
