import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where bodies of inserts lie while the engine reads them; emptied at start. */
export interface InsertFiles {
  /** Puts the bytes into a file for the time of `use`; `name` is relative to the folder, which is the process's working directory: a path with `*` or `{` would be a pattern to the engine. */
  with<T>(bytes: Uint8Array, use: (name: string) => Promise<T>): Promise<T>;
}

export async function openInsertFiles(folder: string): Promise<InsertFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const left of await readdir(folder)) await rm(join(folder, left), { force: true });
  return {
    async with(bytes, use) {
      const name = `${randomUUID()}.body`;
      await writeFile(join(folder, name), bytes, { mode: 0o600, flag: 'wx' });
      try {
        return await use(name);
      } finally {
        await rm(join(folder, name), { force: true });
      }
    },
  };
}
