import { type Refusal, reasonOf } from '@culprit/pipeline';
import { decodeLogRecord, type LogRecord } from '@culprit/protocol';

/** Times in ClickHouse are unix seconds of 32 bits. */
const TIME_END_MS = 2 ** 32 * 1000;
/** The largest `integer` of PostgreSQL: no project has a larger id. */
const LARGEST_PROJECT_ID = 2 ** 31 - 1;
const ID = /^[0-9a-f]{32}$/i;
const KIND = /^[a-z0-9_-]{1,40}$/;

/**
 * A record of the log whose frame says what every record says of itself: what it is, whose, and when it was received. All that looks at records before they are
 * planned relies on it, so a record without it becomes a dead letter here and nowhere later.
 */
export function readRecord(value: Uint8Array): LogRecord | Refusal {
  try {
    const record = decodeLogRecord(value);
    const { kind, project_id, id, received } = record.header;
    if (!KIND.test(kind)) return unreadable('record kind is no name');
    if (!(Number.isInteger(project_id) && project_id > 0 && project_id <= LARGEST_PROJECT_ID)) {
      return unreadable('record project_id is none');
    }
    if (!(typeof id === 'string' && ID.test(id))) return unreadable('record id is none');
    if (!(Number.isInteger(received) && received >= 0 && received < TIME_END_MS)) {
      return unreadable('record received is no time');
    }
    return record;
  } catch (error) {
    return unreadable(reasonOf(error));
  }
}

/** Tells a record from why there is none. */
export function isRecord(read: LogRecord | Refusal): read is LogRecord {
  return 'header' in read;
}

/** When a record was received, unix milliseconds; undefined where it does not say so. */
export function receivedOf(value: Uint8Array): number | undefined {
  const read = readRecord(value);
  return isRecord(read) ? read.header.received : undefined;
}

function unreadable(reason: string): Refusal {
  return { kind: 'dead_letter', stage: 'frame', reason };
}
