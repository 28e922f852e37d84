import type { FileStore } from './file-store.ts';
import type { FilesConfig } from './files-environment.ts';
import { openFileStore } from './folder-store.ts';
import { openS3FileStore } from './s3-store.ts';

/** Opens the file store that the environment names. */
export function openConfiguredFiles(config: FilesConfig): Promise<FileStore> {
  return config.mode === 's3' ? openS3FileStore(config) : openFileStore(config.folder);
}
