import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { DurableFolders, syncFolder } from './durable-folder.ts';
import { FileStoreError } from './errors.ts';
import { folderOfKey, newFileKey } from './file-key.ts';
import type { FileStore, ListedFile, PutOptions, StoredFile } from './file-store.ts';
import { listFolder, pathInFolder } from './folder-listing.ts';

/** Files that were begun longer ago belong to nobody: their writer died. */
const STALE_AFTER_MS = 3_600_000;

/** Opens a file store in a folder, which is made when it is missing; several processes may have it open. `clock` gives unix milliseconds. */
export async function openFileStore(
  folder: string,
  options: { readonly clock?: { now(): number } } = {},
): Promise<FileStore> {
  const root = resolve(folder);
  const incoming = join(root, 'incoming');
  const first = await mkdir(incoming, { recursive: true });
  if (first !== undefined) {
    for (let made = incoming; made.length >= first.length; made = dirname(made))
      await syncFolder(dirname(made));
  }
  await removeStale(incoming, (options.clock ?? Date).now());
  return new FolderStore(root, incoming);
}

async function removeStale(incoming: string, now: number): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    try {
      if (now - (await stat(path)).mtimeMs > STALE_AFTER_MS) await rm(path, { force: true });
    } catch (error) {
      // Its writer is done with it, or another process was faster.
      if (!isCode(error, 'ENOENT')) throw error;
    }
  }
}

class FolderStore implements FileStore {
  readonly #root: string;
  readonly #incoming: string;
  readonly #folders: DurableFolders;

  constructor(root: string, incoming: string) {
    this.#root = root;
    this.#incoming = incoming;
    this.#folders = new DurableFolders(root);
  }

  async put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { maxBytes = Number.POSITIVE_INFINITY, key = newFileKey() }: PutOptions = {},
  ): Promise<StoredFile> {
    const folder = folderOfKey(this.#root, key);
    const draft = join(this.#incoming, newFileKey());
    let home: string | undefined;
    try {
      const written = await writeDurably(draft, content, maxBytes);
      await this.#folders.make(folder);
      await rename(draft, join(folder, key));
      home = folder;
      await syncFolder(home);
      return { key, ...written };
    } catch (error) {
      await rm(home === undefined ? draft : join(home, key), { force: true });
      if (isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT')) {
        throw new FileStoreError('full', 'the disk of the file store is full', { cause: error });
      }
      throw error;
    }
  }

  async get(key: string): Promise<Readable> {
    const handle = await this.#open(key);
    return createReadStream('', { fd: handle });
  }

  async readAll(key: string, maxBytes: number): Promise<Buffer> {
    const handle = await this.#open(key);
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) {
        throw new FileStoreError('too_large', `a file of ${size} bytes; at most ${maxBytes} are wanted`);
      }
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  async has(key: string): Promise<boolean> {
    try {
      await stat(this.#pathOf(key));
      return true;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return false;
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  list(prefix?: string): AsyncIterable<ListedFile> {
    return listFolder(this.#root, prefix);
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#root);
    return bavail * bsize;
  }

  #pathOf(key: string): string {
    return pathInFolder(this.#root, key);
  }

  async #open(key: string): Promise<FileHandle> {
    const path = this.#pathOf(key);
    try {
      return await open(path, 'r');
    } catch (cause) {
      if (!isCode(cause, 'ENOENT')) throw cause;
      throw new FileStoreError('not_found', `no file with key ${key}`, { cause });
    }
  }
}

async function writeDurably(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ size: number; sha1: string }> {
  const hash = createHash('sha1');
  let size = 0;
  const handle = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      size += chunk.length;
      if (size > maxBytes) {
        throw new FileStoreError('too_large', `more than the ${maxBytes} bytes that are taken`);
      }
      hash.update(chunk);
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { size, sha1: hash.digest('hex') };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let start = 0; start < chunk.length; ) {
    start += (await handle.write(chunk, start)).bytesWritten;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
