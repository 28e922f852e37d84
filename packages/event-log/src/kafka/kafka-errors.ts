import { EventLogError } from '../event-log.ts';

/** The broker's name for what went wrong, wherever it is in the chain of causes; undefined when no broker said anything. */
export function brokerErrorOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = causeOf(at), depth += 1) {
    if ('type' in at && typeof at.type === 'string' && at.type !== '') return at.type;
  }
  return undefined;
}

/** Where several topics were asked for, the first one's. */
function causeOf(error: Error): unknown {
  return 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error.cause;
}

/** The broker will never take this record, however often it is asked. */
const REFUSALS: ReadonlySet<string> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'POLICY_VIOLATION',
]);

export function isRefusal(error: unknown): boolean {
  return REFUSALS.has(brokerErrorOf(error) ?? '');
}

export function isTooLarge(error: unknown): boolean {
  const type = brokerErrorOf(error);
  return type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE';
}

/** What the caller of an event log is told. */
export function toEventLogError(cause: unknown, what: string): EventLogError {
  if (cause instanceof EventLogError) return cause;
  const type = brokerErrorOf(cause) ?? (cause instanceof Error ? cause.name : 'unknown');
  if (isTooLarge(cause)) return new EventLogError('too_large', `${what}: ${type}`, { cause });
  if (isRefusal(cause)) return new EventLogError('refused', `${what}: ${type}`, { cause });
  return new EventLogError('unavailable', `${what}: ${type}`, { cause });
}
