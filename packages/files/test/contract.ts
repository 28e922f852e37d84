import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileStore, ListedFile } from '../src/index.ts';

export interface StoreUnderTest {
  readonly store: FileStore;
  /** Everything that is there, by whatever name: also what is begun and not finished. */
  leftovers(): Promise<readonly string[]>;
}

/** What every file store promises; `open` gives an empty one. */
export function testFileStore(open: () => Promise<StoreUnderTest>, { largeBytes }: { largeBytes: number }) {
  test('what is put comes back, by stream and whole, with its size and SHA-1', async () => {
    const { store } = await open();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 5 }), async (chunks) => {
        const whole = Buffer.concat(chunks);
        const expected = { size: whole.length, sha1: createHash('sha1').update(whole).digest('hex') };
        const streamed = await store.put(Readable.from(chunks, { objectMode: true }));
        const direct = await store.put(new Uint8Array(whole));
        for (const stored of [streamed, direct]) {
          expect(stored).toEqual({ key: stored.key, ...expected });
          expect(stored.key).toMatch(/^[0-9a-f]{32}$/);
          expect(await buffer(await store.get(stored.key))).toEqual(whole);
          expect(await store.readAll(stored.key, whole.length)).toEqual(whole);
        }
        expect(streamed.key).not.toBe(direct.key);
      }),
      { numRuns: 20 },
    );
  });

  test('a large file comes back as it was, whether its chunks are large or small', async () => {
    const { store } = await open();
    const whole = Buffer.alloc(largeBytes);
    for (let at = 0; at + 4 <= whole.length; at += 4) whole.writeUInt32LE(at, at);
    const sha1 = createHash('sha1').update(whole).digest('hex');
    const small = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < whole.length; at += 65_521) yield whole.subarray(at, at + 65_521);
    };
    for (const content of [whole, small()]) {
      const { key, size, ...stored } = await store.put(content);
      expect({ size, ...stored }).toEqual({ size: whole.length, sha1 });
      expect((await buffer(await store.get(key))).equals(whole)).toBe(true);
    }
  });

  test('a file beyond the limit is refused and leaves nothing behind', async () => {
    const { store, leftovers } = await open();
    const tooLarge = { name: 'FileStoreError', code: 'too_large' };
    await expect(store.put(new Uint8Array(101), { maxBytes: 100 })).rejects.toMatchObject(tooLarge);
    for (const maxBytes of [100, largeBytes]) {
      let isClosed = false;
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield new Uint8Array(maxBytes / 2 + 1);
        } finally {
          isClosed = true;
        }
      };
      await expect(store.put(endless(), { maxBytes })).rejects.toMatchObject(tooLarge);
      expect(isClosed).toBe(true);
    }
    expect(await leftovers()).toEqual([]);
    expect((await store.put(new Uint8Array(100), { maxBytes: 100 })).size).toBe(100);
  });

  test('a stream that fails in the middle rejects with its own error and leaves nothing behind', async () => {
    const { store, leftovers } = await open();
    const hungUp = new Error('the client hung up');
    for (const bytes of [10, largeBytes]) {
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(bytes);
        throw hungUp;
      };
      await expect(store.put(failing())).rejects.toBe(hungUp);
    }
    expect(await leftovers()).toEqual([]);
  });

  test('has and remove tell and take a file', async () => {
    const { store, leftovers } = await open();
    const { key } = await store.put(new Uint8Array(5));
    expect(await store.has(key)).toBe(true);
    await store.remove(key);
    expect(await store.has(key)).toBe(false);
    await store.remove(key);
    expect(await leftovers()).toEqual([]);
    const missing = { name: 'FileStoreError', code: 'not_found' };
    await expect(store.get(key)).rejects.toMatchObject(missing);
    await expect(store.readAll(key, 10)).rejects.toMatchObject(missing);
  });

  test('reading whole keeps to its limit', async () => {
    const { store } = await open();
    const { key } = await store.put(new Uint8Array(11));
    await expect(store.readAll(key, 10)).rejects.toMatchObject({ code: 'too_large' });
    expect(await store.readAll(key, 11)).toHaveLength(11);
  });

  test('a file that comes back from elsewhere keeps its key', async () => {
    const { store } = await open();
    const key = '0123456789abcdef0123456789abcdef';
    for (const text of ['first', 'second']) {
      expect(await store.put(Buffer.from(text), { key })).toMatchObject({ key, size: text.length });
      expect((await store.readAll(key, 10)).toString()).toBe(text);
    }
    await expect(store.put(Buffer.from('x'), { key: '../x' })).rejects.toMatchObject({ code: 'invalid_key' });
  });

  test('a list names each file once, with its size and time, all or those of two digits', async () => {
    const { store } = await open();
    const begun = Date.now();
    const sizes = new Map<string, number>();
    for (let n = 0; n < 30; n += 1) sizes.set((await store.put(new Uint8Array(n))).key, n);
    const listed = await listOf(store);
    expect(listed.map(({ key }) => key)).toEqual([...sizes.keys()].sort());
    for (const { key, bytes, modifiedAt } of listed) {
      expect(bytes).toBe(sizes.get(key));
      // Whole seconds, in a bucket.
      expect(modifiedAt).toBeGreaterThan(begun - 2_000);
      expect(modifiedAt).toBeLessThan(Date.now() + 2_000);
    }
    const [{ key }] = listed as [(typeof listed)[0]];
    const alike = listed.filter((one) => one.key.startsWith(key.slice(0, 2)));
    expect(await listOf(store, key.slice(0, 2))).toEqual(alike);
  });

  test('a key that is no key reaches no file', async () => {
    const { store } = await open();
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
  });

  test('many files are put at once', async () => {
    const { store } = await open();
    const stored = await Promise.all(
      Array.from({ length: 100 }, (_, index) => store.put(new Uint8Array(index))),
    );
    expect(new Set(stored.map(({ key }) => key)).size).toBe(100);
    for (const { key, size } of stored) expect(await store.readAll(key, 100)).toHaveLength(size);
  });

  test('the free space is told', async () => {
    const { store } = await open();
    expect(await store.freeBytes()).toBeGreaterThan(0);
  });
}

async function listOf(store: FileStore, prefix?: string): Promise<readonly ListedFile[]> {
  const listed: ListedFile[] = [];
  for await (const file of store.list(prefix)) listed.push(file);
  return listed;
}
