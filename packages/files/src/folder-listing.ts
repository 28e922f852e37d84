import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderOfKey, KEY } from './file-key.ts';
import type { ListedFile } from './file-store.ts';

const PAIR = /^[0-9a-f]{2}$/;

/** The files of a store in a folder, folder by folder. */
export async function* listFolder(folder: string, prefix?: string): AsyncIterable<ListedFile> {
  for (const first of await namesOf(folder, PAIR)) {
    if (prefix !== undefined && first !== prefix) continue;
    for (const second of await namesOf(join(folder, first), PAIR)) {
      const home = join(folder, first, second);
      for (const key of await namesOf(home, KEY)) {
        const path = join(home, key);
        const facts = await stat(path).catch(goneIsNothing);
        if (facts?.isFile() === true) yield { key, bytes: facts.size, modifiedAt: facts.mtimeMs };
      }
    }
  }
}

/** Where a store in a folder keeps a key. @throws FileStoreError `invalid_key`. */
export function pathInFolder(folder: string, key: string): string {
  return join(folderOfKey(folder, key), key);
}

async function namesOf(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const entries: Dirent[] = (await readdir(folder, { withFileTypes: true }).catch(goneIsNothing)) ?? [];
  return entries
    .map(({ name }) => name)
    .filter((name) => pattern.test(name))
    .sort();
}

function goneIsNothing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
    return;
  throw error;
}
