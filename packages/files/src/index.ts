export { FileStoreError, type FileStoreErrorCode } from './errors.ts';
export { type FileStore, openFileStore, type StoredFile } from './file-store.ts';
