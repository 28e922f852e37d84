import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { type FileStore, openFileStore } from '../src/index.ts';
import { testFileStore } from './contract.ts';

async function openStore(): Promise<{ store: FileStore; folder: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'culprit-files-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const folder = join(parent, 'deep', 'files');
  return { store: await openFileStore(folder), folder };
}

/** Paths of all files below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

testFileStore(
  async () => {
    const { store, folder } = await openStore();
    return { store, leftovers: () => filesIn(folder) };
  },
  { largeBytes: 1_000_000 },
);

test('a known text has the SHA-1 of the standard', async () => {
  const { store, folder } = await openStore();
  const { key, size, sha1 } = await store.put(Readable.from([Buffer.from('a'), Buffer.from('bc')]));
  expect([size, sha1]).toEqual([3, 'a9993e364706816aba3e25717850c26c9cd0d89d']);
  expect(await filesIn(folder)).toEqual([join(folder, key.slice(0, 2), key.slice(2, 4), key)]);
});

test('opening removes what a dead writer left more than an hour ago, and nothing else', async () => {
  const { store, folder } = await openStore();
  const { key } = await store.put(new Uint8Array(5));
  const now = Date.now();
  for (const [name, age] of [
    ['stale', 3_600_001],
    ['fresh', 3_599_000],
  ] as const) {
    const path = join(folder, 'incoming', name);
    await writeFile(path, 'begun');
    await utimes(path, new Date(now - age), new Date(now - age));
  }
  const reopened = await openFileStore(folder, { clock: { now: () => now } });
  expect(await readdir(join(folder, 'incoming'))).toEqual(['fresh']);
  expect(await reopened.has(key)).toBe(true);
});

test('files can be read by their owner only', async () => {
  const { store, folder } = await openStore();
  await store.put(new Uint8Array(5));
  const [path = ''] = await filesIn(folder);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a folder that cannot be made leaves nothing behind', async () => {
  const { store, folder } = await openStore();
  // A file stands where each folder of keys would be.
  for (let first = 0; first < 256; first += 1) {
    await writeFile(join(folder, first.toString(16).padStart(2, '0')), '');
  }
  await expect(store.put(new Uint8Array(5))).rejects.toMatchObject({
    code: expect.stringMatching(/EEXIST|ENOTDIR/),
  });
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('a key with a way out of the folder leaves what is there alone', async () => {
  const { store, folder } = await openStore();
  const outside = join(folder, '..', 'secret');
  await writeFile(outside, 'secret');
  await expect(store.remove('../secret')).rejects.toMatchObject({ code: 'invalid_key' });
  expect((await stat(outside)).size).toBe(6);
});
