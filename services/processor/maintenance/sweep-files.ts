import type { EventLog } from '@culprit/event-log';
import { decodeLogRecord } from '@culprit/protocol';
import { receivedOf } from '../batch/read-record.ts';
import type { ProcessorContext } from '../context.ts';
import { filesOfAttachments } from '../queries/maintenance.ts';
import { deadRecords } from '../store/dead-letters.ts';
import { readPositions } from '../store/positions.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Younger files may be named by a record on its way, one day longer than a record can come again. */
const YOUNG_MS = 8 * DAY_MS;

/**
 * Removes files that nothing names any more: attachments whose rows are gone, payloads of large records that are stored, what a crash
 * left. Rows go first and files follow, so a row never names a file that a delete has taken.
 *
 * @returns how many were removed.
 */
export async function sweepFiles(
  log: EventLog,
  context: ProcessorContext,
  signal: AbortSignal,
): Promise<number> {
  const { clickhouse, files } = context;
  const before = await settledBefore(log, context);
  const dead = await filesOfDeadLetters(context, new Date(before));
  let removed = 0;
  for (let pair = 0; pair < 256; pair += 1) {
    signal.throwIfAborted();
    const prefix = pair.toString(16).padStart(2, '0');
    const old: string[] = [];
    for await (const { key, modifiedAt } of files.list(prefix)) {
      if (modifiedAt < before && !dead.has(key)) old.push(key);
    }
    if (old.length === 0) continue;
    const named = new Set((await clickhouse.query(filesOfAttachments, { prefix })).map(({ file }) => file));
    for (const key of old) {
      if (named.has(key)) continue;
      await files.remove(key);
      removed += 1;
    }
  }
  return removed;
}

/** Unix milliseconds: what came before has met whatever of its own was still on its way. */
export async function settledBefore(log: EventLog, context: ProcessorContext): Promise<number> {
  return Math.min(context.clock.now() - YOUNG_MS, (await oldestWaiting(log, context)) - DAY_MS);
}

/** When the oldest record was received that is not committed; now, when none waits. */
async function oldestWaiting(log: EventLog, context: ProcessorContext): Promise<number> {
  const positions = await readPositions(context.database, context.topic);
  let oldest = context.clock.now();
  for (const { partition, start, end } of await log.lag()) {
    const position = Math.max(start, positions.get(partition) ?? 0);
    if (position >= end) continue;
    const [record] = await log.read(partition, position, { maxRecords: 1, maxBytes: 1 });
    // One that cannot be read says nothing of its age: then nothing is removed.
    oldest = Math.min(oldest, record === undefined ? 0 : (receivedOf(record.value) ?? 0));
  }
  return oldest;
}

/** Files that a dead letter would need when it is replayed; or needs, since it was and may be on its way. */
async function filesOfDeadLetters({ database }: ProcessorContext, since: Date): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const record of deadRecords(database, since)) {
    for (const key of filesOf(record)) keys.add(key);
  }
  return keys;
}

function filesOf(value: Uint8Array): readonly string[] {
  try {
    const { header } = decodeLogRecord(value);
    if (header.kind === 'outcomes') return [];
    const payload = header.kind === 'attachment' ? undefined : header.payload_file;
    const attachments = 'attachments' in header ? (header.attachments ?? []).map(({ file }) => file) : [];
    return payload === undefined ? attachments : [payload, ...attachments];
  } catch {
    return [];
  }
}
