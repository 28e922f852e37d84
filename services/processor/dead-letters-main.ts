import { logKeyOf } from '@culprit/protocol';
import { isRecord, readRecord } from './batch/read-record.ts';
import { markReplayed, openDeadLetters, readDeadRecord } from './store/dead-letters.ts';
import { openToolContext } from './tool-context.ts';

// `culprit dead-letters list` and `culprit dead-letters replay [id …]`: a replayed record takes the usual path again.
const [command = 'list', ...ids] = process.argv.slice(2);
const PAGE = 500;
const tools = await openToolContext('dead-letters');
const { database, clock } = tools.context;

async function list(): Promise<void> {
  let afterId = '0';
  let total = 0;
  for (;;) {
    const page = await openDeadLetters(database, afterId, PAGE);
    for (const letter of page) {
      process.stdout.write(
        `${letter.id}  ${letter.created_at.toISOString()}  project ${letter.project_id ?? '-'}  ${letter.kind} ${letter.event_id ?? '-'}  ${letter.stage}: ${letter.reason}\n`,
      );
    }
    total += page.length;
    const last = page.at(-1);
    if (last === undefined) break;
    afterId = last.id;
  }
  process.stdout.write(`${total} open dead letters\n`);
}

/** Appends the record to the log again, then marks it: a crash between the two leaves a duplicate, which the processor drops. */
async function replayOne(id: string): Promise<boolean> {
  const record = await readDeadRecord(database, id);
  if (record === undefined) return false;
  const read = readRecord(record);
  if (!isRecord(read)) {
    process.stderr.write(`${id}: cannot be replayed (${read.reason})\n`);
    return false;
  }
  try {
    await tools.log.append([{ key: logKeyOf(read.header), value: record }]);
  } catch (error) {
    process.stderr.write(`${id}: cannot be replayed (${error instanceof Error ? error.name : 'unknown'})\n`);
    return false;
  }
  await markReplayed(database, id, new Date(clock.now()));
  return true;
}

async function replay(): Promise<void> {
  let replayed = 0;
  if (ids.length > 0) {
    for (const id of ids) if (await replayOne(id)) replayed += 1;
  } else {
    let afterId = '0';
    for (;;) {
      const page = await openDeadLetters(database, afterId, PAGE);
      for (const { id } of page) if (await replayOne(id)) replayed += 1;
      const last = page.at(-1);
      if (last === undefined) break;
      afterId = last.id;
    }
  }
  process.stdout.write(`${replayed} records appended to the log again\n`);
}

try {
  if (command === 'list') await list();
  else if (command === 'replay') await replay();
  else {
    process.stderr.write('usage: culprit dead-letters list | replay [id …]\n');
    process.exitCode = 2;
  }
} finally {
  await tools.close();
}
