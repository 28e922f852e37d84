import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Files and links at or below `path`, which may be a file itself or missing; each folder's in the order of their names.
 *
 * @param root folder that `path`, and what is answered, is relative to.
 * @param belongs is asked of each path; a folder that it refuses is not entered.
 */
export async function walkFiles(
  root: string,
  path: string,
  belongs: (path: string) => boolean,
): Promise<readonly string[]> {
  if (!belongs(path)) return [];
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(join(root, path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return [path];
    if (code === 'ENOENT') return [];
    throw error;
  }
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const one = `${path}/${entry.name}`;
    if (entry.isDirectory()) found.push(...(await walkFiles(root, one, belongs)));
    else if (belongs(one)) found.push(one);
  }
  return found;
}

function readEntries(path: string) {
  return readdir(path, { withFileTypes: true });
}
