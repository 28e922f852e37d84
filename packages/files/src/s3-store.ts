import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { S3Client } from '@aws-sdk/client-s3';
import { FileStoreError } from './errors.ts';
import { demandKey, KEY, newFileKey } from './file-key.ts';
import type { FileStore, ListedFile, PutOptions, StoredFile } from './file-store.ts';
import { partsOf } from './s3-parts.ts';

export interface S3Config {
  readonly bucket: string;
  /** Before each key, without slashes at its ends; empty: none. */
  readonly prefix: string;
  readonly region: string;
  /** Of a server that is not Amazon's. */
  readonly endpoint?: string;
  /** The bucket in the path instead of in the host name. */
  readonly isPathStyle: boolean;
  /** Absent: what the AWS SDK finds (profile, role of the machine or pod). */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

const CONNECT_MS = 3_000;
/** Without a byte. */
const IDLE_MS = 20_000;
/** All of a request but reading its answer. */
const REQUEST_MS = 25_000;
/** A service that starts does not wait longer for its bucket. */
const LOOK_MS = 5_000;
const ATTEMPTS = 2;

type Sdk = typeof import('@aws-sdk/client-s3');

/**
 * Opens a file store in a bucket. The SDK is loaded here, so that a store in a folder does not pay for it. A bucket that does not answer is taken for one that is away for a while.
 *
 * @throws FileStoreError `no_bucket` where the server says that there is none.
 */
export async function openS3FileStore(config: S3Config): Promise<FileStore> {
  const sdk = await import('@aws-sdk/client-s3');
  const { endpoint, credentials } = config;
  const client = new sdk.S3Client({
    region: config.region,
    maxAttempts: ATTEMPTS,
    forcePathStyle: config.isPathStyle,
    // The signature has the body's SHA-256; the newer checksums are unknown to many servers that are not Amazon's.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  await demandBucket(sdk, client, config);
  return new S3FileStore(sdk, client, config);
}

async function demandBucket(
  sdk: Sdk,
  client: S3Client,
  { bucket, endpoint, region }: S3Config,
): Promise<void> {
  try {
    await client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), {
      abortSignal: AbortSignal.timeout(LOOK_MS),
    });
  } catch (cause) {
    // 403 and all else may pass: ingest must start meanwhile, for it takes events that need no bucket.
    const status = cause instanceof sdk.S3ServiceException ? cause.$metadata.httpStatusCode : undefined;
    if (status !== 404 && status !== 301) return;
    const where = endpoint ?? `Amazon S3 (${region})`;
    const what =
      status === 404
        ? `${where} has no bucket ${bucket}`
        : `the bucket ${bucket} is not in the region ${region}`;
    throw new FileStoreError(
      'no_bucket',
      `${what}: make it, or correct CULPRIT_FILES, S3_ENDPOINT or AWS_REGION`,
      {
        cause,
      },
    );
  }
}

class S3FileStore implements FileStore {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #root: string;

  constructor(sdk: Sdk, client: S3Client, { bucket, prefix }: S3Config) {
    this.#sdk = sdk;
    this.#client = client;
    this.#bucket = bucket;
    this.#root = prefix === '' ? '' : `${prefix}/`;
  }

  async put(
    content: Uint8Array | AsyncIterable<Uint8Array>,
    { maxBytes = Number.POSITIVE_INFINITY, key = newFileKey() }: PutOptions = {},
  ): Promise<StoredFile> {
    const target = this.#objectOf(key);
    const hash = createHash('sha1');
    let size = 0;
    const note = (chunk: Uint8Array): void => {
      size += chunk.length;
      if (size > maxBytes) {
        throw new FileStoreError('too_large', `more than the ${maxBytes} bytes that are taken`);
      }
      hash.update(chunk);
    };
    const parts = partsOf(content, note);
    try {
      const first = await parts.next();
      const whole = first.done === true ? new Uint8Array() : first.value.bytes;
      if (first.done === true || first.value.isLast) {
        await this.#client.send(new this.#sdk.PutObjectCommand({ ...target, Body: whole }));
      } else {
        await this.#putParts(target, whole, parts);
      }
    } finally {
      // Closes the content where the bucket failed first.
      await parts.return(undefined);
    }
    return { key, size, sha1: hash.digest('hex') };
  }

  async get(key: string): Promise<Readable> {
    return (await this.#open(key)).body;
  }

  async readAll(key: string, maxBytes: number): Promise<Buffer> {
    const { body, size } = await this.#open(key);
    if (size > maxBytes) {
      body.destroy();
      throw new FileStoreError('too_large', `a file of ${size} bytes; at most ${maxBytes} are wanted`);
    }
    return buffer(body);
  }

  async has(key: string): Promise<boolean> {
    try {
      await this.#client.send(new this.#sdk.HeadObjectCommand(this.#objectOf(key)));
      return true;
    } catch (error) {
      if (this.#isMissing(error)) return false;
      throw error;
    }
  }

  async remove(key: string): Promise<void> {
    await this.#client.send(new this.#sdk.DeleteObjectCommand(this.#objectOf(key)));
  }

  async *list(prefix?: string): AsyncIterable<ListedFile> {
    const within = prefix === undefined ? this.#root : `${this.#root}${prefix}/`;
    const pages = this.#sdk.paginateListObjectsV2(
      { client: this.#client },
      { Bucket: this.#bucket, Prefix: within },
    );
    for await (const { Contents = [] } of pages) {
      for (const { Key = '', Size = 0, LastModified } of Contents) {
        const key = Key.slice(-32);
        // An object without a date is taken for a new one.
        const modifiedAt = LastModified?.getTime() ?? Number.POSITIVE_INFINITY;
        if (KEY.test(key) && Key === this.#nameOf(key)) yield { key, bytes: Size, modifiedAt };
      }
    }
  }

  async freeBytes(): Promise<number> {
    return Number.POSITIVE_INFINITY;
  }

  async #putParts(
    target: { readonly Bucket: string; readonly Key: string },
    first: Uint8Array,
    rest: AsyncIterable<{ readonly bytes: Uint8Array }>,
  ): Promise<void> {
    const sdk = this.#sdk;
    const { UploadId } = await this.#client.send(new sdk.CreateMultipartUploadCommand(target));
    const upload = { ...target, UploadId };
    const done: { readonly PartNumber: number; readonly ETag: string | undefined }[] = [];
    const send = async (Body: Uint8Array): Promise<void> => {
      const PartNumber = done.length + 1;
      const { ETag } = await this.#client.send(new sdk.UploadPartCommand({ ...upload, PartNumber, Body }));
      done.push({ PartNumber, ETag });
    };
    try {
      await send(first);
      for await (const { bytes } of rest) await send(bytes);
      const MultipartUpload = { Parts: done };
      await this.#client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
    } catch (error) {
      // What fails here too is left to the bucket's rule for unfinished uploads; the first error is the one to tell.
      await this.#client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
      throw error;
    }
  }

  async #open(key: string): Promise<{ readonly body: Readable; readonly size: number }> {
    try {
      const { Body, ContentLength } = await this.#client.send(
        new this.#sdk.GetObjectCommand(this.#objectOf(key)),
      );
      if (!(Body instanceof Readable)) throw new TypeError('the answer of the bucket is no stream');
      return { body: Body, size: ContentLength ?? Number.POSITIVE_INFINITY };
    } catch (cause) {
      if (!this.#isMissing(cause)) throw cause;
      throw new FileStoreError('not_found', `no file with key ${key}`, { cause });
    }
  }

  #objectOf(key: string): { readonly Bucket: string; readonly Key: string } {
    demandKey(key);
    return { Bucket: this.#bucket, Key: this.#nameOf(key) };
  }

  /** As in a folder, so that one can be copied to the other. */
  #nameOf(key: string): string {
    return `${this.#root}${key.slice(0, 2)}/${key.slice(2, 4)}/${key}`;
  }

  /** Not of a bucket that is missing, where the answer tells the two apart: of `HeadObject` it does not. */
  #isMissing(error: unknown): boolean {
    return error instanceof this.#sdk.NoSuchKey || error instanceof this.#sdk.NotFound;
  }
}
