export { FileStoreError, type FileStoreErrorCode } from './errors.ts';
export { type FileStore, openFileStore, type StoredFile } from './file-store.ts';
export { type ListedFile, listFolder, pathInFolder } from './folder-listing.ts';
