import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type FileStore, FileStoreError, pathInFolder } from '@culprit/files';
import { z } from 'zod';
import { type BackupFolder, hashOf, writeAll } from './backup-folder.ts';
import { BackupError, type Manifest } from './manifest.ts';

type Progress = (message: string) => void;

const entrySchema = z.object({
  key: z.string().regex(/^[0-9a-f]{32}$/),
  bytes: z.number().int(),
  sha256: z.string(),
});
type Entry = z.infer<typeof entrySchema>;

const TELL_EVERY = 10_000;

/** Copies the file store. A file never changes, so whatever is there when it is its turn is whole; one that is removed meanwhile is not needed any more. */
export async function copyFilesOut(
  store: FileStore,
  folder: BackupFolder,
  onProgress: Progress,
): Promise<Manifest['files']> {
  let count = 0;
  let bytes = 0;
  const root = join(folder.path, 'files');
  async function* entries(): AsyncIterable<string> {
    for await (const { key } of store.list()) {
      const content = await store.get(key).catch(goneIsNothing);
      if (content === undefined) continue;
      const copied = await copyFile(content, pathInFolder(root, key));
      count += 1;
      bytes += copied.bytes;
      if (count % TELL_EVERY === 0) onProgress(`files: ${count} so far`);
      yield `${JSON.stringify({ key, ...copied } satisfies Entry)}\n`;
    }
  }
  const list = await folder.write('files.jsonl.zst', Readable.from(entries()));
  onProgress(`files: ${count}, ${bytes} bytes`);
  return { count, bytes, list };
}

/** Copies the files back. @throws BackupError for one that is not what was copied. */
export async function copyFilesIn(
  folder: BackupFolder,
  manifest: Pick<Manifest, 'files'>,
  store: FileStore,
  onProgress: Progress,
): Promise<void> {
  for await (const { key, bytes, sha256 } of entriesOf(folder, manifest)) {
    const hash = createHash('sha256');
    const content = createReadStream(pathInFolder(join(folder.path, 'files'), key));
    const copied = await store.put(hashing(content, hash), { key });
    if (copied.size !== bytes || hash.digest('hex') !== sha256) throw damaged(key);
  }
  onProgress(`files: ${manifest.files.count}`);
}

/** @throws BackupError for a file that is missing or is not what was copied. */
export async function checkFiles(folder: BackupFolder, manifest: Pick<Manifest, 'files'>): Promise<void> {
  let count = 0;
  for await (const { key, bytes, sha256 } of entriesOf(folder, manifest)) {
    const found = await hashOf(pathInFolder(join(folder.path, 'files'), key)).catch(goneIsNothing);
    if (found?.bytes !== bytes || found.sha256 !== sha256) throw damaged(key);
    count += 1;
  }
  if (count !== manifest.files.count)
    throw new BackupError('The list of files is not the one of this backup.');
}

async function* entriesOf(folder: BackupFolder, manifest: Pick<Manifest, 'files'>): AsyncIterable<Entry> {
  for await (const line of createInterface({ input: folder.read(manifest.files.list) })) {
    yield entrySchema.parse(JSON.parse(line));
  }
}

/** Durable when it resolves; the names become so with their folders at the end. */
async function copyFile(from: Readable, to: string): Promise<{ bytes: number; sha256: string }> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await open(to, 'w', 0o600);
  try {
    for await (const chunk of from) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      await writeAll(handle, chunk as Buffer);
    }
    await handle.sync();
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function* hashing(content: AsyncIterable<Buffer>, hash: Hash): AsyncIterable<Buffer> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}

function damaged(key: string): BackupError {
  return new BackupError(`File ${key} of the backup is not what was copied: the copy is damaged.`);
}

function goneIsNothing(error: unknown): undefined {
  if (error instanceof FileStoreError && error.code === 'not_found') return;
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}
