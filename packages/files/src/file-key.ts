import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FileStoreError } from './errors.ts';

export const KEY = /^[0-9a-f]{32}$/;

/** A new key: 32 lower-case hex digits, random, so that no one can guess it and no two writers collide. */
export function newFileKey(): string {
  return randomBytes(16).toString('hex');
}

/** Where a key's file lies below the store's folder: `ab/cd/<key>`. @throws FileStoreError `invalid_key`, so that no key leaves the folder. */
export function folderOfKey(folder: string, key: string): string {
  demandKey(key);
  return join(folder, key.slice(0, 2), key.slice(2, 4));
}

/** @throws FileStoreError `invalid_key` */
export function demandKey(key: string): void {
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new FileStoreError('invalid_key', 'a key of the file store is 32 lower-case hex digits');
  }
}
