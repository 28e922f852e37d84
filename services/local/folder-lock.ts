import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { identityOf, type ProcessIdentity } from './process-identity.ts';

/** Another supervisor works on the folder. */
export class FolderInUseError extends Error {
  readonly code = 'folder_in_use';
  /** Undefined in the moment before it has written itself down. */
  readonly owner: ProcessIdentity | undefined;

  constructor(owner: ProcessIdentity | undefined) {
    super(`process ${owner?.pid} uses the folder`);
    this.owner = owner;
  }
}

export interface FolderLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Locks a folder for this process until the release or its death, however that comes. Node has no lock of the operating system's, but SQLite
 * does: a transaction that is never ended. A file with a process number in it would have to be judged, and two could judge at once.
 *
 * @param path file of the lock; it stays, empty. `<path>.owner` says who holds it.
 * @throws FolderInUseError
 */
export function lockFolder(path: string): FolderLock {
  const database = new DatabaseSync(path);
  try {
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error;
    throw new FolderInUseError(readOwner(`${path}.owner`));
  }
  writeFileSync(`${path}.owner`, JSON.stringify(identityOf(process.pid)));
  return { release: () => database.close() };
}

function readOwner(path: string): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8')) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
  } catch {
    return undefined; // being written
  }
}
