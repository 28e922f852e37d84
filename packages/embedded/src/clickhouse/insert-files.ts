import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where bodies of inserts lie while the engine reads them. */
export interface InsertFiles {
  /**
   * Has a file written and used, and removes it. The statement names it by `name` alone: the folder is the process's working directory, so that no sign of its
   * path has to be quoted.
   */
  with<T>(write: (path: string) => Promise<void>, use: (name: string) => Promise<T>): Promise<T>;
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/** Empties the folder: what lies there belongs to inserts of an earlier process. */
export async function openInsertFiles(folder: string): Promise<InsertFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const left of await readdir(folder)) await rm(join(folder, left), { force: true });
  return {
    write: (path, bytes) => writeFile(path, bytes, { mode: 0o600, flag: 'wx' }),
    async with(write, use) {
      const name = `${randomUUID()}.body`;
      const path = join(folder, name);
      try {
        await write(path);
        return await use(name);
      } finally {
        await rm(path, { force: true });
      }
    },
  };
}
