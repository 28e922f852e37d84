import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedStoreError } from '../errors.ts';

const run = promisify(execFile);

/** The account that PostgreSQL runs as; it refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Chooses the account and makes the data folder its own (mode 0700). As a plain user: that user, so undefined. As root: the owner of a folder that is there already, else (and where that number has no name) `nobody`.
 *
 * @throws EmbeddedStoreError `folder_not_usable`, and says what to do
 */
export async function prepareFolder(folder: string): Promise<Account | undefined> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() !== 0) {
    await chmod(folder, 0o700).catch((cause: unknown) => {
      throw new EmbeddedStoreError(
        'folder_not_usable',
        `${folder} belongs to another user. Start as that user, or give the folder to this one: chown -R "$(id -un)" ${folder}`,
        { cause },
      );
    });
    return undefined;
  }
  const { uid, gid } = await stat(folder);
  const account = uid !== 0 && (await isKnown(uid)) ? { uid, gid } : await nobody();
  await giveTo(account, folder);
  await chmod(folder, 0o700);
  return account;
}

/** PostgreSQL wants a name for the number it runs as. */
function isKnown(uid: number): Promise<boolean> {
  return run('id', ['-un', String(uid)]).then(
    () => true,
    () => false,
  );
}

async function nobody(): Promise<Account> {
  const idOf = async (flag: string): Promise<number> => Number((await run('id', [flag, 'nobody'])).stdout);
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    return { uid: 65534, gid: 65534 };
  }
}

/** Also what an interrupted start or a restored backup left with another owner. */
async function giveTo(account: Account, path: string): Promise<void> {
  const facts = await lstat(path);
  if (facts.uid !== account.uid || facts.gid !== account.gid) {
    if (facts.isSymbolicLink()) return;
    await chown(path, account.uid, account.gid);
  }
  if (!facts.isDirectory()) return;
  for (const name of await readdir(path)) await giveTo(account, join(path, name));
}

/**
 * Checks that the account can reach a path: every folder above must let it pass.
 *
 * @throws EmbeddedStoreError `folder_not_usable`, naming the folder that is closed
 */
export async function checkReachable(account: Account | undefined, path: string): Promise<void> {
  if (account === undefined) return;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new EmbeddedStoreError(
        'folder_not_usable',
        `PostgreSQL refuses to run as root, and the user it runs as instead (uid ${account.uid}) cannot pass through ${folder}. ` +
          `Either allow that with \`chmod o+x ${folder}\`, or choose another place for ${path}, or start as a plain user.`,
      );
    }
    if (folder === dirname(folder)) return;
  }
}
