import { utimes } from 'node:fs/promises';
import { defineQuery } from '@culprit/clickhouse';
import { pathInFolder } from '@culprit/files';
import { sql } from '@culprit/postgres';
import type { EventId, LogRecord } from '@culprit/protocol';
import { aLogRecord, NOON } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { collectOrphans } from '../maintenance/collect-orphans.ts';
import { sweepFiles } from '../maintenance/sweep-files.ts';
import { eventId, itemRecord, type ProcessorHarness, startProcessorHarness } from './harness.ts';

const DAY = 24 * 3600_000;
const never = new AbortController().signal;
const names = defineQuery({
  name: 'test_names_of_attachments',
  params: {},
  row: z.object({ name: z.string() }),
  sql: 'SELECT name FROM attachments ORDER BY name',
});

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** The record of an attachment that came without its event, and its file as old as the record. */
async function attachment(name: string, event: EventId, received: number): Promise<LogRecord> {
  const { key, size, sha1 } = await harness.files.put(Buffer.from(name));
  await utimes(pathInFolder(harness.filesFolder, key), received / 1000, received / 1000);
  const { project_id, id } = itemRecord(harness.projectId, { kind: 'check_in', json: {} }).header;
  return {
    header: {
      kind: 'attachment',
      project_id,
      id,
      received,
      key_id: 1,
      event_id: event,
      attachments: [{ file: key, name, attachment_type: 'event.attachment', size, sha1 }],
    },
    payload: new Uint8Array(),
  };
}

test('attachments whose event never came go after eight days, with their files; the others stay', async () => {
  const [before, after] = [eventId(), eventId()];
  await harness.appendRecords(
    await attachment('before its event', before, NOON - 9 * DAY),
    await attachment('orphan', eventId(), NOON - 9 * DAY),
    await attachment('young orphan', eventId(), NOON - 7 * DAY),
  );
  await harness.append({ id: before, received: NOON - 6 * DAY }, { id: after, received: NOON - 10 * DAY });
  await harness.appendRecords(await attachment('after its event', after, NOON - 9 * DAY));
  await harness.processor().drain();

  expect(await collectOrphans(harness.log, harness.context, never)).toBe(1);
  expect((await harness.clickhouse.query(names, {})).map(({ name }) => name)).toEqual([
    'after its event',
    'before its event',
    'young orphan',
  ]);
  expect(await sweepFiles(harness.log, harness.context, never)).toBe(1);
  expect(await collectOrphans(harness.log, harness.context, never)).toBe(0);
});

test('attachments of an event that is a dead letter stay, until it was replayed and did not come', async () => {
  const dead = eventId();
  await harness.appendRecords(
    await attachment('of a dead letter', dead, NOON - 9 * DAY),
    await attachment('orphan', eventId(), NOON - 9 * DAY),
  );
  await harness.appendRecords(aLogRecordWithoutPayload(dead, NOON - 9 * DAY));
  await harness.processor().drain();
  expect(await collectOrphans(harness.log, harness.context, never)).toBe(1);
  expect(await sweepFiles(harness.log, harness.context, never)).toBe(1);
  expect((await harness.clickhouse.query(names, {})).map(({ name }) => name)).toEqual(['of a dead letter']);

  // On its way: its record is in the log, and nothing says so any more but this.
  await harness.database.execute(sql`update dead_letters set replayed_at = ${new Date(harness.clock.now())}`);
  expect(await collectOrphans(harness.log, harness.context, never)).toBe(0);
  harness.clock.advance(9 * DAY);
  expect(await collectOrphans(harness.log, harness.context, never)).toBe(1);
});

/** An event whose payload is nowhere. */
function aLogRecordWithoutPayload(id: EventId, received: number): LogRecord {
  const { project_id } = itemRecord(harness.projectId, { kind: 'check_in', json: {} }).header;
  const { header } = aLogRecord({ project_id, id, received });
  return {
    header: { ...header, payload_file: 'a'.repeat(32) } as LogRecord['header'],
    payload: new Uint8Array(),
  };
}
