import { ClickHouseError as ServerError } from '@clickhouse/client';

/** Codes of this package; what the server refuses carries its number as text, for example `241`. */
export type ClickHouseErrorCode =
  | 'connection'
  | 'timeout'
  | 'aborted'
  | 'params'
  | 'row_shape'
  | 'block_invalid'
  | 'block_partial'
  | 'block_surplus'
  | 'block_lost'
  | 'block_running'
  | 'migration'
  | (string & {});

/** Any failure of ClickHouse or of talking to it. */
export class ClickHouseError extends Error {
  readonly code: ClickHouseErrorCode;

  constructor(code: ClickHouseErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClickHouseError';
    this.code = code;
  }
}

/** Server errors that pass by themselves: the same statement may succeed later. */
const PASSING = new Set([
  '159', // TIMEOUT_EXCEEDED: too busy for the time allowed
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '225', // NO_ZOOKEEPER
  '236', // ABORTED: the server stops
  '242', // TABLE_IS_READ_ONLY: its coordination is away
  '243', // NOT_ENOUGH_SPACE
  '252', // TOO_MANY_PARTS: merges are behind
  '279', // ALL_CONNECTION_TRIES_FAILED
  '285', // TOO_FEW_LIVE_REPLICAS
  '319', // UNKNOWN_STATUS_OF_INSERT
  '394', // QUERY_WAS_CANCELLED
  '473', // DEADLOCK_AVOIDED
  '999', // KEEPER_EXCEPTION
]);

const MEMORY_LIMIT_EXCEEDED = '241';

/** Whether trying again later, unchanged, may succeed. An insert must go through `storeBlock` for that: it may have happened. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof ClickHouseError)) return false;
  const { code } = error;
  return code === 'connection' || code === 'timeout' || code === 'block_running' || PASSING.has(code);
}

/** Whether this was too much at once: less of it (half the batch, a shorter time range) may fit. */
export function isMemoryLimit(error: unknown): boolean {
  return error instanceof ClickHouseError && error.code === MEMORY_LIMIT_EXCEEDED;
}

const MAX_MESSAGE = 500;

/** Wraps what `@clickhouse/client` throws. */
export function toClickHouseError(error: unknown): ClickHouseError {
  if (error instanceof ClickHouseError) return error;
  if (error instanceof ServerError) {
    const message = `${error.type ?? 'error'}: ${error.message}`.slice(0, MAX_MESSAGE);
    return new ClickHouseError(error.code, message, { cause: error });
  }
  const message = error instanceof Error ? error.message.slice(0, MAX_MESSAGE) : 'unknown failure';
  return new ClickHouseError(codeOf(error, message), message, { cause: error });
}

function codeOf(error: unknown, message: string): ClickHouseErrorCode {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (message.startsWith('Timeout error')) return 'timeout';
  if (message.includes('aborted a request') || code === 'ABORT_ERR') return 'aborted';
  // Refused, reset, a proxy's page, half an answer, "socket hang up": not a word from ClickHouse, so nothing is known.
  return 'connection';
}
