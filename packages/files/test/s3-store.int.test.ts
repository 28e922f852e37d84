import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { type TestBucket, testBucket } from '@culprit/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type FileStore, openS3FileStore, type S3Config } from '../src/index.ts';
import { PART_BYTES } from '../src/s3-parts.ts';
import { testFileStore } from './contract.ts';
import { s3ConfigOf } from './s3-config-of.ts';

let bucket: TestBucket;
let config: S3Config;
let stores = 0;

beforeAll(async () => {
  bucket = await testBucket();
  config = s3ConfigOf(bucket.env);
});
afterAll(() => bucket?.stop());

/** A store with a prefix of its own. */
async function openStore(): Promise<{ store: FileStore; objects(): Promise<string[]> }> {
  stores += 1;
  const own = { ...config, prefix: `store-${stores}` };
  return { store: await openS3FileStore(own), objects: () => objectsIn(own) };
}

async function objectsIn({ bucket: Bucket, prefix, ...where }: S3Config): Promise<string[]> {
  const client = new S3Client({ ...where, forcePathStyle: true });
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${prefix}/` }));
  client.destroy();
  return Contents.map(({ Key = '' }) => Key);
}

testFileStore(
  async () => {
    const { store, objects } = await openStore();
    return { store, leftovers: objects };
  },
  { largeBytes: 2 * PART_BYTES + 12_345 },
);

test('a bucket that is not there is told at once, by its name; one that does not answer may come back', async () => {
  const opened = openS3FileStore({ ...config, bucket: 'missing' });
  await expect(opened).rejects.toMatchObject({
    code: 'no_bucket',
    message: `${config.endpoint} has no bucket missing: make it, or correct CULPRIT_FILES, S3_ENDPOINT or AWS_REGION`,
  });
  const away = await openS3FileStore({ ...config, endpoint: 'http://127.0.0.1:1' });
  await expect(away.put(new Uint8Array(3))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a file lies under the same name as in a folder, below the prefix', async () => {
  const { store, objects } = await openStore();
  const { key } = await store.put(new Uint8Array(3));
  expect(await objects()).toEqual([`store-${stores}/${key.slice(0, 2)}/${key.slice(2, 4)}/${key}`]);
});

test('an upload in parts that fails is given up, so that its parts are not kept', async () => {
  const { store, objects } = await openStore();
  const requests = watchRequests();
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(PART_BYTES + 1);
    throw new Error('the client hung up');
  };
  await expect(store.put(failing())).rejects.toThrow('the client hung up');
  const upload = requests.find((line) => line.startsWith('PUT'))?.match(/uploadId=([^&]+)/)?.[1];
  expect(upload).toBeDefined();
  expect(requests.at(-1)).toMatch(new RegExp(`^DELETE .*uploadId=${upload}`));
  expect(await objects()).toEqual([]);
});

test.each([PART_BYTES, PART_BYTES + 1])('a file of %i bytes comes back', async (bytes) => {
  const { store } = await openStore();
  const { key } = await store.put(Readable.from([Buffer.alloc(bytes, 1)]));
  expect((await store.readAll(key, bytes)).equals(Buffer.alloc(bytes, 1))).toBe(true);
});

test('a bucket that refuses is not taken for a file that is missing', async () => {
  const store = await openS3FileStore({
    ...config,
    credentials: { accessKeyId: 'nobody', secretAccessKey: 'wrong' },
  });
  const key = 'a'.repeat(32);
  await expect(store.put(new Uint8Array(1))).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  await expect(store.get(key)).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
  await expect(store.has(key)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
});

test('a bucket that cannot be reached is an error, and closes the content', async () => {
  const store = await openS3FileStore({ ...config, endpoint: 'http://127.0.0.1:1' });
  const content = Readable.from([new Uint8Array(PART_BYTES), new Uint8Array(1), new Uint8Array(1)]);
  await expect(store.put(content)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect(content.destroyed).toBe(true);
});

/** Method and path of each request of this process, as they are sent. */
function watchRequests(): readonly string[] {
  const lines: string[] = [];
  const note = (message: unknown): void => {
    const { request } = message as { readonly request: ClientRequest };
    lines.push(`${request.method} ${request.path}`);
  };
  subscribe('http.client.request.start', note);
  onTestFinished(() => {
    unsubscribe('http.client.request.start', note);
  });
  return lines;
}
