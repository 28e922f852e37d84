/** Why an embedded store could not start; the message says what to do. */
export type EmbeddedStoreErrorCode =
  | 'binaries_missing'
  | 'folder_not_usable'
  | 'in_use'
  | 'start_failed'
  | 'stop_failed'
  | 'wrong_version';

export class EmbeddedStoreError extends Error {
  readonly code: EmbeddedStoreErrorCode;

  constructor(code: EmbeddedStoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'EmbeddedStoreError';
    this.code = code;
  }
}
