/** Codes of this package; a failure that PostgreSQL reports carries its SQLSTATE instead. */
export type PostgresErrorCode =
  | 'connection'
  | 'no_row'
  | 'many_rows'
  | 'migration_edited'
  | 'migration_name'
  | 'migration_lock'
  | 'schema_too_new'
  | (string & {});

/** Any failure of the database. `code` is an SQLSTATE or one of this package's codes; the message never holds row contents. */
export class PostgresError extends Error {
  readonly code: PostgresErrorCode;
  /** Name of the violated constraint, if one was. */
  readonly constraint: string | undefined;

  constructor(code: PostgresErrorCode, message: string, options?: ErrorOptions & { constraint?: string }) {
    super(message, options);
    this.name = 'PostgresError';
    this.code = code;
    this.constraint = options?.constraint;
  }
}

/** SQLSTATEs after which the whole transaction may simply be run again. */
const RETRYABLE = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // lock timeout
]);

/** SQLSTATEs that pass by themselves: the database is starting, stopping, failing over or full for the moment. */
const PASSING = new Set([
  '57P01', // shut down by the administrator
  '57P02', // crash of another backend
  '57P03', // starting up or recovering
  '57P05', // idle session ended
  '57014', // statement timeout
  '53100', // disk full
  '53200', // out of memory
  '53300', // too many connections
  '25006', // read-only: this is a standby, a failover is under way
  '25P03', // idle in transaction for too long
  '25P04', // transaction timeout
]);

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENOENT', // no unix socket yet
]);

/** What `pg` says, without a code, when the connection is gone or cannot be made in time. */
const CONNECTION_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Query read timeout',
];

/** Whether trying again later, unchanged, may succeed. After a lost connection it is not known whether a commit happened. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof PostgresError)) return false;
  const { code } = error;
  return code === 'connection' || code.startsWith('08') || RETRYABLE.has(code) || PASSING.has(code);
}

/** Whether the transaction was undone by PostgreSQL only because of others, so that it can be run again at once. */
export function isRetryable(error: unknown): boolean {
  return error instanceof PostgresError && RETRYABLE.has(error.code);
}

/** Whether a unique constraint (of this name, where given) refused the statement. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof PostgresError &&
    error.code === '23505' &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** Wraps what `pg` throws. Anything else, such as an error of the caller's own, is returned as it is. */
export function toPostgresError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PostgresError) return error;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !CONNECTION_CODES.has(code)) {
    return new PostgresError(code, error.message, {
      cause: error,
      ...(typeof constraint === 'string' ? { constraint } : {}),
    });
  }
  const isLost =
    (typeof code === 'string' && CONNECTION_CODES.has(code)) ||
    CONNECTION_MESSAGES.some((message) => error.message.startsWith(message));
  return isLost ? new PostgresError('connection', error.message, { cause: error }) : error;
}
