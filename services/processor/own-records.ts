import type { StoredRecord } from '@culprit/event-log';

/** The header stands in front, and in it the project, so that nothing is parsed twice on the way of every record. */
const LOOKED_AT_BYTES = 256;

/** Whether one of these records belongs to the project. May say yes to another's record that quotes it, never no to its own. */
export function someBelongTo(projectId: number, records: readonly StoredRecord[]): boolean {
  const mark = Buffer.from(`"project_id":${projectId},`);
  return records.some(({ value }) => {
    const head = Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, LOOKED_AT_BYTES));
    return head.includes(mark);
  });
}
