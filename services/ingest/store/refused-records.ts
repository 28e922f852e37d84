import type { RefusedRecord } from '@culprit/event-log';
import { type Queryable, sql } from '@culprit/postgres';
import { decodeLogRecord, type LogRecordHeader } from '@culprit/protocol';

/** Makes a dead letter of a record that the log has refused; a second time it changes nothing. The topic says which machine's spool it came through. */
export async function insertRefusedRecord(
  database: Queryable,
  machine: string,
  { spoolId, offset, reason, value }: RefusedRecord,
  now: Date,
): Promise<void> {
  const header = headerOf(value);
  const topic = `spool:${machine}:${spoolId}`;
  await database.execute(sql`
    insert into dead_letters (topic, partition, log_offset, project_id, event_id, kind, stage, reason, record, created_at)
    values (${topic}, 0, ${offset}, ${header?.project_id ?? null}, ${header?.id ?? null}, ${header?.kind ?? 'unknown'},
      'append', ${reason.slice(0, 500)}, ${Buffer.from(value)}, ${now})
    on conflict (topic, partition, log_offset) do nothing`);
}

function headerOf(value: Uint8Array): LogRecordHeader | undefined {
  try {
    return decodeLogRecord(value).header;
  } catch {
    return undefined; // whatever it is, it is kept
  }
}
