import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Disk space of the files in a folder and in the folders in it; a file that goes meanwhile counts nothing. */
export function folderBytes(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) sum += folderBytes(path);
    else sum += (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return sum;
}
