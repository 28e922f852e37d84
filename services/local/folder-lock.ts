import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { identityOf, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Another supervisor works on the folder. */
export class FolderInUseError extends Error {
  readonly code = 'folder_in_use';
  readonly owner: ProcessIdentity;

  constructor(owner: ProcessIdentity) {
    super(`process ${owner.pid} uses the folder`);
    this.owner = owner;
  }
}

/** Held while a supervisor works on a folder. The lock of a process that died is taken over. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * @param path file of the lock.
 * @throws FolderInUseError
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  const mine = JSON.stringify(identityOf(process.pid));
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, mine);
  try {
    while (!(await linkTo(draft, path))) await removeDeadLock(path);
  } finally {
    await rm(draft, { force: true });
  }
  return {
    release: async () => {
      if ((await readLock(path)) === mine) await rm(path, { force: true });
    },
  };
}

/** A link appears with its content, and only if nothing is there. */
async function linkTo(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function removeDeadLock(path: string): Promise<void> {
  const found = await readLock(path);
  if (found === undefined) return;
  const owner = ownerOf(found);
  if (owner !== undefined && isAlive(owner)) throw new FolderInUseError(owner);
  // Moved before it is judged again: what was moved may be a lock that somebody made in the meantime.
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readLock(aside)) !== found) await linkTo(aside, path);
  await rm(aside, { force: true });
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function ownerOf(text: string): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}
