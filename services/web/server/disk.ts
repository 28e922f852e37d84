import { opendir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { System } from '@culprit/api';

const KEEP_MS = 30_000;
/** Entries looked at in all; a folder with more is shown smaller than it is rather than keeping the disk busy. */
const MOST_ENTRIES = 100_000;

type Disk = NonNullable<System['disk']>;

/** What the data folder takes. Walking it costs, so that an answer is kept for 30 s. */
export class DiskGauge {
  readonly #folder: string;
  #answer: { readonly at: number; readonly disk: Promise<Disk> } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  read(now: number): Promise<Disk> {
    if (this.#answer === undefined || now - this.#answer.at > KEEP_MS) {
      this.#answer = { at: now, disk: measure(this.#folder) };
    }
    return this.#answer.disk;
  }
}

async function measure(folder: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(folder);
  const budget = { entries: MOST_ENTRIES };
  const folders: Disk['folders'] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.isDirectory())
      folders.push({ name: entry.name, bytes: await sizeOf(join(folder, entry.name), budget) });
  }
  folders.sort((a, b) => b.bytes - a.bytes);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, folders };
}

/** Bytes on disk below a folder. What goes away meanwhile, or may not be read, counts nothing. */
async function sizeOf(root: string, budget: { entries: number }): Promise<number> {
  let bytes = 0;
  const open = [root];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    try {
      for await (const entry of await opendir(folder)) {
        if (--budget.entries < 0) return bytes;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) open.push(path);
        else if (entry.isFile()) bytes += (await stat(path)).blocks * 512;
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return bytes;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES');
}
