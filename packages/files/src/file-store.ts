import type { Readable } from 'node:stream';

export interface StoredFile {
  /** 32 lower-case hex digits. */
  readonly key: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha1: string;
}

export interface ListedFile {
  readonly key: string;
  readonly bytes: number;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

export interface PutOptions {
  readonly maxBytes?: number;
  /** The key that the file had elsewhere, as when a backup comes back; default a new one. A file of that key is replaced. */
  readonly key?: string;
}

/** Files that never change: attachments, and what is too large for the log. In a folder or in a bucket; the contract suite runs over both. */
export interface FileStore {
  /**
   * Stores a file, under a new key unless told otherwise; it is durable, name and all, when this resolves. After any failure nothing of it is left, but for what a bucket
   * took and could not say: the sweep finds that.
   * @throws FileStoreError `too_large` (more than `maxBytes`), `full`, `invalid_key`; and what the stream itself fails with.
   */
  put(content: Uint8Array | AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredFile>;
  /** @throws FileStoreError `not_found`, `invalid_key`. The caller reads the stream to its end or destroys it. */
  get(key: string): Promise<Readable>;
  /** @throws FileStoreError `not_found`, `invalid_key`, `too_large`. */
  readAll(key: string, maxBytes: number): Promise<Buffer>;
  /** @throws FileStoreError `invalid_key`. */
  has(key: string): Promise<boolean>;
  /** Removes a file; one that is not there is no error. @throws FileStoreError `invalid_key`. */
  remove(key: string): Promise<void>;
  /**
   * The files, in the order of their keys; what is still being written is not among them, and what is removed meanwhile may be missing. `prefix`: only keys
   * that begin with these two digits.
   */
  list(prefix?: string): AsyncIterable<ListedFile>;
  /** Bytes that an unprivileged process can still write on the store's disk; of a bucket, infinite. */
  freeBytes(): Promise<number>;
}
