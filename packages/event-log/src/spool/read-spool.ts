import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NewRecord } from '../event-log.ts';
import { decodeSpoolRecord } from './spool-record.ts';
import { SpoolStore } from './spool-store.ts';

const LIMITS = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 };

/**
 * The records that wait for the log in a spool, oldest first, while others append to it and forward from it: one that leaves meanwhile may be given or not. It takes none of them out.
 *
 * @param folder of the spool; one that is not there holds nothing.
 * @throws EventLogError `misconfigured`, `network_file_system`.
 */
export async function* readSpool(folder: string): AsyncIterable<NewRecord> {
  if (!existsSync(join(folder, 'spool.json'))) return;
  const store = await SpoolStore.open({ folder, maxBytes: 0, minimumFreeBytes: 0, leaseMs: 10_000 });
  try {
    for (let position = store.position('waiting'); ; ) {
      const records = await store.log('waiting').read(0, position, LIMITS);
      for (const { offset, value } of records) {
        const record = decodeSpoolRecord(value);
        yield { key: record.key, value: record.value };
        position = offset + 1;
      }
      if (records.length === 0) return;
    }
  } finally {
    await store.close();
  }
}
