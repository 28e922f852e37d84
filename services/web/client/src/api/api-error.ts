/** An answer that is no success, or no answer at all (`status` 0), or one that the schema does not know (`status` 200). */
export class ApiError extends Error {
  readonly status: number;
  /** Field → reasons, where the server named fields. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly requestId: string | undefined;

  constructor(
    message: string,
    facts: {
      readonly status: number;
      readonly fields?: Readonly<Record<string, readonly string[]>>;
      readonly requestId?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: facts.cause });
    this.name = 'ApiError';
    this.status = facts.status;
    this.fields = facts.fields ?? {};
    this.requestId = facts.requestId;
  }

  /** The browser did not reach the server. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}
