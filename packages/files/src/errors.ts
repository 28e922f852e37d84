export type FileStoreErrorCode = 'too_large' | 'not_found' | 'invalid_key' | 'full' | 'no_bucket';

export class FileStoreError extends Error {
  readonly code: FileStoreErrorCode;
  constructor(code: FileStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileStoreError';
    this.code = code;
  }
}
