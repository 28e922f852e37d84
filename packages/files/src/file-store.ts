import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { FileStoreError } from './errors.ts';

export interface StoredFile {
  /** 32 hex digits. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly sha1: string;
}

/** Where attachments and records too large for the log are kept. */
export interface FileStore {
  /** Durable when it resolves; nothing is left behind when it rejects. @throws FileStoreError `too_large`. */
  put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { readonly maxBytes?: number },
  ): Promise<StoredFile>;
  /** A stream of a file's bytes; it errors with ENOENT where there is none. @throws FileStoreError `bad_key`. */
  get(key: string): Readable;
  /** All bytes at once. @throws FileStoreError `bad_key`, `not_found`, `too_large`. */
  readAll(key: string, maxBytes: number): Promise<Uint8Array>;
  has(key: string): Promise<boolean>;
  /** It is no error where the file is gone already. */
  remove(key: string): Promise<void>;
  /** Bytes that a put may still use. */
  freeBytes(): Promise<number>;
}

const KEY = /^[0-9a-f]{32}$/;
const STALE_MS = 3600 * 1000;

/**
 * Opens a file store in a folder: `ab/cd/<key>`, after the key's first digits. A put goes to a temporary file, is synced, renamed, and its folders
 * are synced. Temporary files that a crash has left are removed here once they are an hour old.
 */
export async function openFileStore(folder: string): Promise<FileStore> {
  const temporary = join(folder, 'temporary');
  await mkdir(temporary, { recursive: true });
  await removeStale(temporary);
  const known = new Set<string>();

  const put: FileStore['put'] = async (content, { maxBytes = Number.POSITIVE_INFINITY } = {}) => {
    const key = randomBytes(16).toString('hex');
    const draft = join(temporary, key);
    try {
      const written = await write(draft, content, maxBytes);
      const path = pathOf(folder, key);
      await ensureFolder(folder, dirname(path), known);
      await rename(draft, path);
      await syncFolder(dirname(path));
      return { key, ...written };
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  };

  return {
    put,
    get: (key) => createReadStream(pathOf(folder, key)),
    readAll: async (key, maxBytes) => readWhole(pathOf(folder, key), maxBytes),
    has: async (key) => exists(pathOf(folder, key)),
    remove: async (key) => rm(pathOf(folder, key), { force: true }),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
  };
}

function pathOf(folder: string, key: string): string {
  if (!KEY.test(key)) throw new FileStoreError('bad_key', 'not the key of a file');
  return join(folder, key.slice(0, 2), key.slice(2, 4), key);
}

async function write(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly size: number; readonly sha1: string }> {
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha1');
    let size = 0;
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      size += chunk.length;
      if (size > maxBytes) throw new FileStoreError('too_large', `file is larger than ${maxBytes} bytes`);
      hash.update(chunk);
      await writeAll(file, chunk);
    }
    await file.sync();
    return { size, sha1: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, at);
    at += bytesWritten;
  }
}

/** Makes a folder and syncs the entries that are new; `known` are those that need no look. */
async function ensureFolder(root: string, folder: string, known: Set<string>): Promise<void> {
  if (known.has(folder)) return;
  await mkdir(folder, { recursive: true });
  await syncFolder(dirname(folder));
  await syncFolder(root);
  known.add(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readWhole(path: string, maxBytes: number): Promise<Uint8Array> {
  const file = await open(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new FileStoreError('not_found', 'no such file', { cause });
    throw cause;
  });
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new FileStoreError('too_large', `file is larger than ${maxBytes} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function removeStale(temporary: string): Promise<void> {
  for (const name of await readdir(temporary)) {
    const path = join(temporary, name);
    const facts = await stat(path).catch(() => undefined); // another process may just have finished it
    if (facts !== undefined && Date.now() - facts.mtimeMs > STALE_MS) await rm(path, { force: true });
  }
}
