import { type FileStore, FileStoreError, type FileStoreErrorCode } from '@culprit/files';
import { type Refusal, reasonOf } from '@culprit/pipeline';
import type { EventRecordHeader, ItemRecordHeader, LogRecord } from '@culprit/protocol';
import { eventJsonOf } from '@culprit/protocol/decompress';

/** The largest payload that is read back from the file store; ingest takes no event over 1 MiB by default. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** The JSON of an event or an item: from its record, or from the file that the record names. */
export async function fetchPayload(
  record: LogRecord<EventRecordHeader> | LogRecord<ItemRecordHeader>,
  files: FileStore,
): Promise<Uint8Array | Refusal> {
  const { header } = record;
  if (header.payload_file === undefined) return inlinePayload(record);
  try {
    return await files.readAll(header.payload_file, MAX_PAYLOAD_BYTES);
  } catch (error) {
    // What a store says of this one file; a store that is away says something else, and is waited for.
    const reason = error instanceof FileStoreError ? OF_THE_FILE[error.code] : undefined;
    if (reason === undefined) throw error;
    return { kind: 'dead_letter', stage: 'fetch', reason };
  }
}

const OF_THE_FILE: Partial<Record<FileStoreErrorCode, string>> = {
  not_found: 'payload file is missing',
  invalid_key: 'payload file has no key',
  too_large: 'payload file is too large',
};

function inlinePayload(
  record: LogRecord<EventRecordHeader> | LogRecord<ItemRecordHeader>,
): Uint8Array | Refusal {
  if (!isOfEvent(record)) return record.payload;
  try {
    return eventJsonOf(record);
  } catch (error) {
    return { kind: 'dead_letter', stage: 'decompress', reason: reasonOf(error) };
  }
}

function isOfEvent(
  record: LogRecord<EventRecordHeader> | LogRecord<ItemRecordHeader>,
): record is LogRecord<EventRecordHeader> {
  return record.header.kind === 'event';
}
