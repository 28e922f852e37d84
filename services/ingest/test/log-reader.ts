import { join } from 'node:path';
import { openEventLog } from '@culprit/event-log';
import { decodeLogRecord, type LogRecord } from '@culprit/protocol';

/** Everything that is in the log of a data folder. */
export async function readLog(folder: string): Promise<readonly LogRecord[]> {
  const log = await openEventLog({
    mode: 'lmdb',
    folder: join(folder, 'log'),
    topic: 'events',
    partitions: 4,
    minimumFreeBytes: 0,
  });
  const records: LogRecord[] = [];
  try {
    for (const { partition, start, end } of await log.lag()) {
      let position = start;
      while (position < end) {
        const batch = await log.read(partition, position, { maxRecords: 1_000, maxBytes: 8_000_000 });
        for (const { value } of batch) records.push(decodeLogRecord(value.slice()));
        position = (batch.at(-1)?.offset ?? end) + 1;
      }
    }
  } finally {
    await log.close();
  }
  return records;
}
