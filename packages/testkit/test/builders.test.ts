import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeLogRecord } from '@culprit/protocol';
import { describe, expect, test } from 'vitest';
import {
  aLogRecord,
  aLogRecordValue,
  anEvent,
  eventually,
  manualClock,
  NOON,
  quickest,
  temporaryFolder,
} from '../src/index.ts';

describe('builders', () => {
  test('events differ in their ids only', () => {
    const { event_id: one, ...rest } = anEvent();
    const { event_id: other, ...same } = anEvent();
    expect(one).not.toBe(other);
    expect(rest).toEqual(same);
  });

  test('a log record is what ingest would append', () => {
    const event = anEvent({ release: 'shop@2' });
    const record = decodeLogRecord(aLogRecordValue({ event, key_id: 9 }));
    expect(record.header).toMatchObject({ kind: 'event', id: event.event_id, received: NOON, key_id: 9 });
    expect(JSON.parse(new TextDecoder().decode(record.payload))).toEqual(event);
    expect(aLogRecord({ received: 1 }).header.received).toBe(1);
  });
});

test('a manual clock stands still until it is moved', () => {
  const clock = manualClock(1_000);
  clock.advance(5);
  expect(clock.now()).toBe(1_005);
  clock.set(7);
  expect(clock.now()).toBe(7);
});

test('what never happens is told by name, with the last failure', async () => {
  const never = eventually('the impossible', () => Promise.reject(new Error('why')), { timeoutMs: 30 });
  await expect(never).rejects.toMatchObject({
    message: expect.stringContaining('the impossible'),
    cause: { message: 'why' },
  });
});

test('of several times the shortest counts, and one that is short enough ends the search', async () => {
  const measure = (times: number[]) => async () => times.shift() ?? Number.NaN;
  expect(await quickest(2, measure([9, 5, 7, 8, 6]))).toBe(5);
  const times = [9, 1, 7];
  expect(await quickest(2, measure(times))).toBe(1);
  expect(times).toEqual([7]);
});

test('a temporary folder is empty, and gone with all that is in it once removed', async () => {
  const folder = await temporaryFolder();
  expect(await readdir(folder.path)).toEqual([]);
  await writeFile(join(folder.path, 'file'), 'content');
  await folder.remove();
  await expect(readdir(folder.path)).rejects.toMatchObject({ code: 'ENOENT' });
});
