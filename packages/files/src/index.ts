export { FileStoreError, type FileStoreErrorCode } from './errors.ts';
export type { FileStore, ListedFile, PutOptions, StoredFile } from './file-store.ts';
export { type FilesConfig, filesEnvironment } from './files-environment.ts';
export { pathInFolder } from './folder-listing.ts';
export { openFileStore } from './folder-store.ts';
export { openConfiguredFiles } from './open-configured-files.ts';
export { openS3FileStore, type S3Config } from './s3-store.ts';
