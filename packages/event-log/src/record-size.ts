import { EventLogError, type NewRecord } from './event-log.ts';

/** Largest value, in bytes, where a log is not told otherwise: the same for each kind of log. */
export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

/** @throws EventLogError `too_large` when a value has more bytes than `maxBytes`. */
export function demandRecordSizes(records: readonly NewRecord[], maxBytes: number): void {
  for (const { value } of records) {
    if (value.length <= maxBytes) continue;
    throw new EventLogError('too_large', `a record of ${value.length} bytes; at most ${maxBytes} are taken`);
  }
}
