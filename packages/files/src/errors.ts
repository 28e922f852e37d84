export type FileStoreErrorCode = 'too_large' | 'bad_key' | 'not_found';

/** The file store could not do it. */
export class FileStoreError extends Error {
  readonly code: FileStoreErrorCode;
  constructor(code: FileStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileStoreError';
    this.code = code;
  }
}
