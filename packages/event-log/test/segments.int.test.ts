import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open as openLmdb } from 'lmdb';
import { expect, onTestFinished, test } from 'vitest';
import { readAll, until } from '../src/contract/subject.ts';
import { type EventLog, openLmdbEventLog, partitionOf } from '../src/index.ts';
import type { LmdbEventLogOptions } from '../src/lmdb/lmdb-event-log.ts';
import { createSegment, readHead, segmentPath, segmentSequences } from '../src/lmdb/segment-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

const HOUR = 3_600_000;
const KiB = 1024;

async function openLog(folder: string, options: Partial<LmdbEventLogOptions> = {}): Promise<EventLog> {
  const log = await openLmdbEventLog({
    folder,
    topic: 't',
    partitions: 1,
    segmentBytes: 256 * KiB,
    ...options,
  });
  onTestFinished(() => log.close());
  return log;
}

/** Appends one by one, so that every record is a commit of its own. */
async function append(log: EventLog, count: number, bytes = 10 * KiB): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await log.append([{ key: 'k', value: new Uint8Array(bytes) }]);
}

async function lagOf(log: EventLog): Promise<{ start: number; end: number }> {
  const [{ start, end } = { start: Number.NaN, end: Number.NaN }] = await log.lag();
  return { start, end };
}

test('a log grows by segments, none larger than the limit', async () => {
  const folder = await temporaryFolder();
  const log = await openLog(folder);
  await append(log, 100);
  const files = readdirSync(join(folder, 't')).filter((name) => name.endsWith('.mdb'));
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    expect(statSync(join(folder, 't', file)).size).toBeLessThanOrEqual(256 * KiB);
  }
  expect((await readAll(log, 0)).map(({ offset }) => offset)).toEqual(
    Array.from({ length: 100 }, (_, i) => i),
  );
});

test('a record larger than a segment gets through', async () => {
  const log = await openLog(await temporaryFolder(), { segmentBytes: 128 * KiB });
  for (const bytes of [1000, 900 * KiB, 1000, 900 * KiB]) await append(log, 1, bytes);
  expect((await readAll(log, 0)).map(({ value }) => value.length)).toEqual([
    1000,
    900 * KiB,
    1000,
    900 * KiB,
  ]);
});

test('a consumed segment is deleted whole, and not before an hour has passed', async () => {
  const folder = await temporaryFolder();
  const topic = join(folder, 't');
  let now = 1_700_000_000_000;
  const log = await openLog(folder, { clock: { now: () => now } });
  await append(log, 60);
  const sequences = segmentSequences(topic);
  const [second = Number.NaN] = readHead(topic, 1)?.bases ?? [];
  const [third = Number.NaN] = readHead(topic, 2)?.bases ?? [];
  await log.trim(0, third - 1);
  now += HOUR - 1;
  await log.trim(0, third - 1);
  expect(segmentSequences(topic)).toEqual(sequences);
  now += 1;
  await log.trim(0, third - 1);
  expect(segmentSequences(topic)).toEqual(sequences.slice(1));
  expect(readdirSync(topic).filter((name) => name.startsWith('0000000000'))).toEqual([]);
  expect(await lagOf(log)).toEqual({ start: second, end: 60 });
});

test('a segment stays until every partition has consumed it, by whichever process', async () => {
  const folder = await temporaryFolder();
  const topic = join(folder, 't');
  const [one, other] = [
    await openLog(folder, { partitions: 2, retentionMs: 0 }),
    await openLog(folder, { partitions: 2, retentionMs: 0 }),
  ];
  for (let index = 0; index < 60; index += 1) {
    await one.append(['a', 'b'].map((key) => ({ key, value: new Uint8Array(10 * KiB) })));
  }
  expect(['a', 'b'].map((key) => partitionOf(key, 2)).toSorted()).toEqual([0, 1]);
  const sequences = segmentSequences(topic);
  const [third = Number.NaN] = readHead(topic, 2)?.bases ?? [];
  await one.trim(0, 60);
  expect(segmentSequences(topic)).toEqual(sequences);
  await other.trim(1, third);
  expect(segmentSequences(topic)).toEqual(sequences.slice(2));
  await one.trim(1, third - 1);
  await other.trim(1, 60);
  expect(segmentSequences(topic)).toEqual(sequences.slice(-1));
});

test('a clock that ticks while segments are looked at keeps none of them', async () => {
  const folder = await temporaryFolder();
  let now = 1_700_000_000_000;
  const ticking = {
    now: (): number => {
      now += 1;
      return now;
    },
  };
  const log = await openLog(folder, { retentionMs: 0, clock: ticking });
  await append(log, 60);
  await log.trim(0, 60);
  expect(segmentSequences(join(folder, 't'))).toHaveLength(1);
});

test('a partition without records holds nothing back', async () => {
  const folder = await temporaryFolder();
  const log = await openLog(folder, { partitions: 8, retentionMs: 0 });
  await append(log, 60);
  await log.trim(partitionOf('k', 8), 60);
  expect(segmentSequences(join(folder, 't'))).toHaveLength(1);
});

test('the hour goes on over a restart', async () => {
  const folder = await temporaryFolder();
  let now = 1_700_000_000_000;
  const clock = { now: (): number => now };
  const before = await openLog(folder, { clock });
  await append(before, 60);
  await before.trim(0, 60);
  await before.close();
  now += HOUR;
  const after = await openLog(folder, { clock });
  await after.trim(0, 60);
  expect(segmentSequences(join(folder, 't'))).toHaveLength(1);
});

test('offsets go on after everything was consumed, deleted and reopened', async () => {
  const folder = await temporaryFolder();
  for (let round = 0; round < 3; round += 1) {
    const log = await openLog(folder, { retentionMs: 0 });
    await append(log, 50);
    const { end } = await lagOf(log);
    expect(end).toBe((round + 1) * 50);
    await log.trim(0, end);
    expect(segmentSequences(join(folder, 't'))).toHaveLength(1);
    await log.close();
  }
});

test('a writer that slept while its segment was filled, consumed and deleted goes on at the end', async () => {
  const folder = await temporaryFolder();
  const sleeper = await openLog(folder, { retentionMs: 0 });
  await append(sleeper, 1);
  const busy = await openLog(folder, { retentionMs: 0 });
  await append(busy, 100);
  await busy.trim(0, 101);
  const { start, end } = await lagOf(busy);
  expect(start).toBeGreaterThan(50);
  expect(end).toBe(101);
  await append(sleeper, 1);
  expect(await lagOf(busy)).toEqual({ start, end: 102 });
  expect(readHead(join(folder, 't'), segmentSequences(join(folder, 't'))[0] ?? 0)?.bases).toEqual([start]);
});

test('a reader that slept while its segment was deleted goes on at the start, and lets go of the file', async () => {
  const folder = await temporaryFolder();
  const reader = await openLog(folder, { retentionMs: 0 });
  const busy = await openLog(folder, { retentionMs: 0 });
  await append(busy, 3);
  await reader.read(0, 0, { maxRecords: 1, maxBytes: 1 });
  await append(busy, 97);
  await busy.trim(0, 100);
  const { start } = await lagOf(busy);
  expect((await readAll(reader, 0, 1)).map(({ offset }) => offset)[0]).toBe(start);
  // Its disk space comes back only when nobody maps the file any more.
  if (process.platform !== 'linux') return;
  const mapsDeletedFile = (): boolean => {
    const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
    return maps.some((line) => line.includes(folder) && line.endsWith('(deleted)'));
  };
  await until(() => !mapsDeletedFile(), 'no deleted file is mapped');
});

test('a writer that died right after creating the next segment leaves an empty file, which is used', async () => {
  const folder = await temporaryFolder();
  const log = await openLog(folder);
  await append(log, 5);
  await log.close();
  createSegment(join(folder, 't'), 1, [5]);
  const after = await openLog(folder);
  expect(await lagOf(after)).toEqual({ start: 0, end: 5 });
  await append(after, 2);
  expect((await readAll(after, 0)).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('an empty file in front of the log, as a race of deleting and opening could leave it, is passed over', async () => {
  const folder = await temporaryFolder();
  const topic = join(folder, 't');
  await mkdir(topic, { recursive: true });
  closeSync(openSync(segmentPath(topic, 3), 'wx'));
  createSegment(topic, 7, [40]);
  const log = await openLog(folder, { retentionMs: 0 });
  await append(log, 3);
  expect(await lagOf(log)).toEqual({ start: 40, end: 43 });
  expect((await readAll(log, 0)).map(({ offset }) => offset)).toEqual([40, 41, 42]);
  await log.trim(0, 41);
  expect(segmentSequences(topic)).toEqual([7]);
});

test('a segment that holds single records, as the first version wrote them, is read and takes no more', async () => {
  const folder = await temporaryFolder();
  const topic = join(folder, 't');
  await mkdir(topic, { recursive: true });
  createSegment(topic, 0, [0]);
  writeFileSync(join(topic, '0000000000.json'), '{"bases":[0]}\n');
  const old = openLmdb<Uint8Array, number>({ path: segmentPath(topic, 0), encoding: 'binary' });
  for (const offset of [0, 1, 2]) await old.put(offset, Buffer.from(`old ${offset}`));
  await old.close();
  const log = await openLog(folder);
  expect(await lagOf(log)).toEqual({ start: 0, end: 3 });
  await log.append(['a', 'b'].map((text) => ({ key: 'k', value: Buffer.from(text) })));
  expect(
    (await readAll(log, 0)).map(({ offset, value }) => `${offset} ${Buffer.from(value).toString()}`),
  ).toEqual(['0 old 0', '1 old 1', '2 old 2', '3 a', '4 b']);
  expect(segmentSequences(topic)).toEqual([0, 1]);
});

test('a segment of a later format is refused, not guessed at', async () => {
  const folder = await temporaryFolder();
  const log = await openLog(folder);
  await append(log, 1);
  await log.close();
  writeFileSync(join(folder, 't', '0000000000.json'), '{"format":"wings","bases":[0]}\n');
  const later = await openLog(folder);
  await expect(later.read(0, 0, { maxRecords: 1, maxBytes: 1 })).rejects.toMatchObject({
    code: 'unavailable',
  });
});

test('records that were appended together are read from the middle on, within the limits', async () => {
  const log = await openLog(await temporaryFolder());
  await log.append(Array.from({ length: 40 }, (_, i) => ({ key: 'k', value: new Uint8Array(1000).fill(i) })));
  const offsets = async (position: number, maxRecords: number, maxBytes: number): Promise<number[]> =>
    (await log.read(0, position, { maxRecords, maxBytes })).map(({ offset, value }) => {
      expect([...value]).toEqual(new Array(1000).fill(offset));
      return offset;
    });
  expect(await offsets(17, 3, 1e6)).toEqual([17, 18, 19]);
  expect(await offsets(38, 10, 1e6)).toEqual([38, 39]);
  expect(await offsets(5, 10, 2500)).toEqual([5, 6]);
  expect(await offsets(5, 10, 1)).toEqual([5]);
  expect(await offsets(40, 10, 1e6)).toEqual([]);
});
