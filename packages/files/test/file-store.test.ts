import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FileStore, openFileStore } from '../src/index.ts';

let folder: string;
let files: FileStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'culprit-files-'));
  files = await openFileStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const everything = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);

test('what was put is what is got, with its size and SHA-1', async () => {
  const stored = await files.put(bytes('hello'));
  expect(stored).toEqual({
    key: expect.stringMatching(/^[0-9a-f]{32}$/),
    size: 5,
    sha1: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
  });
  expect((await buffer(files.get(stored.key))).toString()).toBe('hello');
  expect(Buffer.from(await files.readAll(stored.key, 5)).toString()).toBe('hello');
  expect(await files.has(stored.key)).toBe(true);
});

test('a stream is put as it comes', async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield bytes('he');
    yield bytes('llo');
  }
  expect(await files.put(chunks())).toMatchObject({
    size: 5,
    sha1: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
  });
});

test('what is too large is refused and leaves nothing behind', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(1000);
  }
  await expect(files.put(endless(), { maxBytes: 10_000 })).rejects.toMatchObject({ code: 'too_large' });
  expect(await everything()).toEqual([]);
});

test('a stream that breaks leaves nothing behind', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield bytes('he');
    throw new Error('hung up');
  }
  await expect(files.put(broken())).rejects.toThrow('hung up');
  expect(await everything()).toEqual([]);
});

test.each(['../../etc/passwd', '', 'A'.repeat(32), `${'a'.repeat(31)}/`])('%j is no key', async (key) => {
  expect(() => files.get(key)).toThrow('not the key of a file');
  await expect(files.has(key)).rejects.toMatchObject({ code: 'bad_key' });
  await expect(files.remove(key)).rejects.toMatchObject({ code: 'bad_key' });
});

test('what is removed is gone, and removing it again is no error', async () => {
  const { key } = await files.put(bytes('x'));
  await files.remove(key);
  await files.remove(key);
  expect(await files.has(key)).toBe(false);
  await expect(files.readAll(key, 10)).rejects.toMatchObject({ code: 'not_found' });
});

test('a file larger than the reader wants is not read', async () => {
  const { key } = await files.put(bytes('hello'));
  await expect(files.readAll(key, 4)).rejects.toMatchObject({ code: 'too_large' });
});

test('temporary files of a crash are removed once they are an hour old', async () => {
  const old = join(folder, 'temporary', 'a'.repeat(32));
  const fresh = join(folder, 'temporary', 'b'.repeat(32));
  await writeFile(old, 'x');
  await writeFile(fresh, 'x');
  const twoHoursAgo = new Date(Date.now() - 7_200_000);
  await utimes(old, twoHoursAgo, twoHoursAgo);
  await openFileStore(folder);
  expect(await everything()).toEqual(['b'.repeat(32)]);
});

test('free bytes are those of the disk', async () => {
  expect(await files.freeBytes()).toBeGreaterThan(0);
});
