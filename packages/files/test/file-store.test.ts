import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type FileStore, openFileStore } from '../src/index.ts';

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

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

test('what is put comes back, by stream and whole, with its size and SHA-1', async () => {
  const { store, folder } = await openStore();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 5 }), async (chunks) => {
      const whole = Buffer.concat(chunks);
      const expected = { size: whole.length, sha1: createHash('sha1').update(whole).digest('hex') };
      const streamed = await store.put(chunksOf(...chunks));
      const direct = await store.put(new Uint8Array(whole));
      for (const stored of [streamed, direct]) {
        expect(stored).toEqual({ key: stored.key, ...expected });
        expect(stored.key).toMatch(/^[0-9a-f]{32}$/);
        expect(await buffer(await store.get(stored.key))).toEqual(whole);
        expect(await store.readAll(stored.key, whole.length)).toEqual(whole);
      }
      expect(streamed.key).not.toBe(direct.key);
    }),
    { numRuns: 30 },
  );
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('a known text has the SHA-1 of the standard', async () => {
  const { store, folder } = await openStore();
  const { key, size, sha1 } = await store.put(Readable.from([Buffer.from('a'), Buffer.from('bc')]));
  expect([size, sha1]).toEqual([3, 'a9993e364706816aba3e25717850c26c9cd0d89d']);
  expect(await filesIn(folder)).toEqual([join(folder, key.slice(0, 2), key.slice(2, 4), key)]);
});

test('a file beyond the limit is refused and leaves nothing behind', async () => {
  const { store, folder } = await openStore();
  const tooLarge = { name: 'FileStoreError', code: 'too_large' };
  await expect(store.put(new Uint8Array(101), { maxBytes: 100 })).rejects.toMatchObject(tooLarge);
  let isClosed = false;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield new Uint8Array(60);
    } finally {
      isClosed = true;
    }
  };
  await expect(store.put(endless(), { maxBytes: 100 })).rejects.toMatchObject(tooLarge);
  expect(isClosed).toBe(true);
  expect(await filesIn(folder)).toEqual([]);
  expect((await store.put(new Uint8Array(100), { maxBytes: 100 })).size).toBe(100);
});

test('a stream that fails in the middle rejects with its own error and leaves nothing behind', async () => {
  const { store, folder } = await openStore();
  const hungUp = new Error('the client hung up');
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
    throw hungUp;
  };
  await expect(store.put(failing())).rejects.toBe(hungUp);
  expect(await filesIn(folder)).toEqual([]);
});

test('has and remove tell and take a file', async () => {
  const { store, folder } = await openStore();
  const { key } = await store.put(new Uint8Array(5));
  expect(await store.has(key)).toBe(true);
  await store.remove(key);
  expect(await store.has(key)).toBe(false);
  await store.remove(key);
  expect(await filesIn(folder)).toEqual([]);
  const missing = { name: 'FileStoreError', code: 'not_found' };
  await expect(store.get(key)).rejects.toMatchObject(missing);
  await expect(store.readAll(key, 10)).rejects.toMatchObject(missing);
});

test('reading whole keeps to its limit', async () => {
  const { store } = await openStore();
  const { key } = await store.put(new Uint8Array(11));
  await expect(store.readAll(key, 10)).rejects.toMatchObject({ code: 'too_large' });
  expect(await store.readAll(key, 11)).toHaveLength(11);
});

test('a key that is no key reaches no file', async () => {
  const { store, folder } = await openStore();
  const outside = join(folder, '..', 'secret');
  await writeFile(outside, 'secret');
  const keys = [
    '',
    '..',
    '../secret',
    `${'a'.repeat(31)}/`,
    'A'.repeat(32),
    'g'.repeat(32),
    'a'.repeat(33),
    `${'a'.repeat(32)}\n`,
    `/${'a'.repeat(31)}`,
    '../'.repeat(10),
  ];
  for (const key of keys) {
    const invalid = { name: 'FileStoreError', code: 'invalid_key' };
    await expect(store.get(key)).rejects.toMatchObject(invalid);
    await expect(store.readAll(key, 1)).rejects.toMatchObject(invalid);
    await expect(store.has(key)).rejects.toMatchObject(invalid);
    await expect(store.remove(key)).rejects.toMatchObject(invalid);
  }
  expect((await stat(outside)).size).toBe(6);
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

test('many files are put at once', async () => {
  const { store, folder } = await openStore();
  await mkdir(join(folder, 'ff'), { recursive: true });
  const stored = await Promise.all(
    Array.from({ length: 100 }, (_, index) => store.put(new Uint8Array(index))),
  );
  expect(new Set(stored.map(({ key }) => key)).size).toBe(100);
  for (const { key, size } of stored) expect(await store.readAll(key, 100)).toHaveLength(size);
});

test('the free space of the disk is told', async () => {
  const { store } = await openStore();
  expect(await store.freeBytes()).toBeGreaterThan(0);
});
