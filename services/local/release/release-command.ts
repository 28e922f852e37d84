import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailedError } from '../commands/run-command.ts';
import { OrderError } from '../control/send-order.ts';
import { FolderInUseError, lockFolder } from '../folder-lock.ts';
import { type Installation, InstallationError } from './installation.ts';
import { ReleaseFolderError } from './release-folder.ts';

/** Runs a command: what a person can mend is one message and exit code 1. */
export async function asCommand(work: (say: (line: string) => void) => Promise<void>): Promise<void> {
  try {
    await work((line) => void process.stdout.write(`${line}\n`));
  } catch (error) {
    const isTheirs = [InstallationError, ReleaseFolderError, OrderError, CommandFailedError].some(
      (kind) => error instanceof kind,
    );
    if (!isTheirs) throw error;
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}

/** The folder of the installation: the one that is named, else the one that this code is deployed in. @throws InstallationError */
export function homeOf(named: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const home = named ?? env.CULPRIT_HOME;
  if (home === undefined) throw new InstallationError('Which installation? Say --to <folder>.');
  return home;
}

/** One deploy or rollback at a time. @throws InstallationError */
export async function inTurn(installation: Installation, work: () => Promise<void>): Promise<void> {
  await mkdir(installation.home, { recursive: true, mode: 0o755 });
  let lock: { release(): void };
  try {
    lock = lockFolder(join(installation.home, '.deploy-lock'));
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    throw new InstallationError(`Another deploy or rollback works on ${installation.home}.`);
  }
  try {
    await work();
  } finally {
    lock.release();
  }
}
