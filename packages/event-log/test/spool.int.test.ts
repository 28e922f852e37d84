import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bytesOf } from '../src/contract/record-text.ts';
import { until } from '../src/contract/subject.ts';
import {
  type RefusedRecord,
  readSpool,
  type SpooledEventLog,
  type SpoolOptions,
  withSpool,
} from '../src/index.ts';
import { decodeSpoolRecord, encodeSpoolRecord } from '../src/spool/spool-record.ts';
import { MemoryLog } from './memory-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Opened {
  readonly log: MemoryLog;
  readonly spooled: SpooledEventLog;
  readonly kept: RefusedRecord[];
}

async function open(
  folder: string,
  options: Partial<SpoolOptions> = {},
  log = new MemoryLog(),
): Promise<Opened> {
  const kept: RefusedRecord[] = [];
  const keepRefused = async (record: RefusedRecord): Promise<void> => {
    kept.push(record);
  };
  const spooled = await withSpool(log, {
    folder,
    minimumFreeBytes: 0,
    leaseMs: 1_500,
    keepRefused,
    ...options,
  });
  onTestFinished(() => spooled.close());
  return { log, spooled, kept };
}

function append(to: SpooledEventLog, ...texts: readonly string[]): Promise<void> {
  return to.append(texts.map((text) => ({ key: text, value: bytesOf(text) })));
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `record-${index}`);

test('while the log takes records, nothing goes through the spool', async () => {
  const { log, spooled } = await open(await temporaryFolder());
  await append(spooled, 'a', 'b');
  expect(log.texts()).toEqual(['a', 'b']);
  expect(await spooled.figures()).toMatchObject({
    waiting: 0,
    refused: 0,
    spooledTotal: 0,
    partitionsAway: 0,
  });
});

test('what the log cannot take is kept, and forwarded once and in order when it is back', async () => {
  const { log, spooled } = await open(await temporaryFolder());
  log.isAway = true;
  for (const name of names(150)) await append(spooled, name);
  expect(log.texts()).toEqual([]);
  expect(await spooled.figures()).toMatchObject({ waiting: 150, spooledTotal: 150, partitionsAway: 1 });
  log.isAway = false;
  await until(() => log.records.length === 150, 'everything is forwarded');
  expect(log.texts()).toEqual(names(150));
  await append(spooled, 'later');
  await until(() => log.texts().includes('later'), 'new records arrive');
  expect(log.texts()).toHaveLength(151);
  expect(await spooled.figures()).toMatchObject({ waiting: 0, forwardedTotal: expect.any(Number) });
});

test('while the log is away, only one append now and then waits for it', async () => {
  const { log, spooled } = await open(await temporaryFolder());
  log.isAway = true;
  await append(spooled, 'first');
  const before = log.appends;
  await append(spooled, ...names(300));
  // The forwarder may have asked meanwhile, and one of the appends.
  expect(log.appends - before).toBeLessThan(10);
});

test('what a process has spooled is forwarded by the next one', async () => {
  const folder = await temporaryFolder();
  const first = await open(folder);
  first.log.isAway = true;
  await append(first.spooled, ...names(20));
  await first.spooled.close();
  const second = await open(folder);
  await until(() => second.log.records.length === 20, 'the rest is forwarded');
  expect(second.log.texts().toSorted()).toEqual(names(20).toSorted());
  await second.spooled.close();
  const third = await open(folder);
  await append(third.spooled, 'new');
  expect(third.log.texts()).toEqual(['new']);
});

test('two processes share a spool, and each record is forwarded once', async () => {
  const folder = await temporaryFolder();
  const log = new MemoryLog();
  log.isAway = true;
  const one = await open(folder, {}, log);
  const other = await open(folder, {}, log);
  await Promise.all(names(200).map((name, index) => append((index % 2 ? one : other).spooled, name)));
  log.isAway = false;
  await until(() => log.records.length >= 200, 'everything is forwarded');
  await append(one.spooled, 'end');
  expect(
    log
      .texts()
      .filter((text) => text !== 'end')
      .toSorted(),
  ).toEqual(names(200).toSorted());
});

test('a record that the log refuses is kept apart with the reason, and holds up nobody', async () => {
  const { log, spooled, kept } = await open(await temporaryFolder());
  log.refused.add('bad');
  await append(spooled, 'a', 'bad', 'b');
  expect(log.texts()).toEqual(['a', 'b']);
  await until(() => kept.length === 1, 'the refused record is kept');
  expect(kept[0]).toMatchObject({ key: 'bad', reason: 'INVALID_RECORD', offset: 0 });
  expect(new TextDecoder().decode(kept[0]?.value)).toBe('bad');
  expect(await spooled.figures()).toMatchObject({ refused: 0, refusedTotal: 1 });
});

test('a record that is refused on its way out of the spool is kept apart, too', async () => {
  const { log, spooled, kept } = await open(await temporaryFolder());
  log.isAway = true;
  await append(spooled, 'a');
  await append(spooled, 'bad');
  await append(spooled, 'b');
  log.refused.add('bad');
  log.isAway = false;
  await until(() => kept.length === 1 && log.records.length === 2, 'all have left the spool');
  expect(log.texts()).toEqual(['a', 'b']);
});

test('a refused record waits until it can be kept', async () => {
  let tries = 0;
  const keepRefused = async (): Promise<void> => {
    tries += 1;
    if (tries < 3) throw new Error('the database is away');
  };
  const { log, spooled } = await open(await temporaryFolder(), { keepRefused });
  log.refused.add('bad');
  await append(spooled, 'bad');
  await until(() => tries === 3, 'it is kept at last');
});

test('a full spool refuses with `full`', async () => {
  const { log, spooled } = await open(await temporaryFolder(), { maxBytes: 300_000 });
  log.isAway = true;
  const big = 'x'.repeat(200_000);
  let error: unknown;
  const deadline = performance.now() + 10_000;
  while (error === undefined && performance.now() < deadline) {
    error = await spooled.append([{ key: 'k', value: bytesOf(big) }]).then(
      () => undefined,
      (reason: unknown) => reason,
    );
  }
  expect(error).toMatchObject({ name: 'EventLogError', code: 'full' });
});

test('a disk with too little space left refuses with `full`', async () => {
  const { log, spooled } = await open(await temporaryFolder(), { minimumFreeBytes: Number.MAX_SAFE_INTEGER });
  await append(spooled, 'direct');
  log.isAway = true;
  await expect(append(spooled, 'spooled')).rejects.toMatchObject({ code: 'full' });
});

test('a value that no log takes is refused at once', async () => {
  const { spooled } = await open(await temporaryFolder());
  const value = new Uint8Array(4 * 1024 * 1024 + 1);
  await expect(spooled.append([{ key: 'k', value }])).rejects.toMatchObject({ code: 'too_large' });
});

test('a spool of a later format is refused', async () => {
  const folder = await temporaryFolder();
  await (await open(folder)).spooled.close();
  const path = join(folder, 'spool.json');
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
    format: 1,
    id: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  await writeFile(path, '{"format":2,"id":"0123456789abcdef"}');
  await expect(open(folder)).rejects.toMatchObject({ code: 'misconfigured' });
});

test('a record of the spool says its version, and a later one is not misread', () => {
  const record = { key: '7:é', reason: 'why', value: Uint8Array.of(0, 255, 7) };
  const bytes = encodeSpoolRecord(record);
  expect(decodeSpoolRecord(bytes)).toEqual({ ...record, value: expect.any(Uint8Array) });
  expect([...decodeSpoolRecord(bytes).value]).toEqual([0, 255, 7]);
  bytes[0] = 2;
  expect(() => decodeSpoolRecord(bytes)).toThrow(expect.objectContaining({ code: 'spool_format' }));
  expect(() => decodeSpoolRecord(Uint8Array.of(1, 9, 9, 9, 9, 1))).toThrow(/past its end/);
});

test('what waits can be read beside it, and stays until it is forwarded', async () => {
  const folder = await temporaryFolder();
  const { log, spooled } = await open(folder);
  expect(await waitingIn(folder)).toEqual([]);
  log.isAway = true;
  await append(spooled, 'a', 'b');
  await append(spooled, 'c');
  expect((await waitingIn(folder)).sort()).toEqual(['a', 'b', 'c']);
  expect(await waitingIn(join(folder, 'another'))).toEqual([]);
  log.isAway = false;
  await until(() => log.records.length === 3, 'all of it is forwarded');
  expect(log.texts().sort()).toEqual(['a', 'b', 'c']);
  await expect.poll(() => waitingIn(folder), { timeout: 10_000 }).toEqual([]);
});

test('figures can be asked for to the end', async () => {
  const { log, spooled } = await open(await temporaryFolder());
  log.isAway = true;
  await append(spooled, 'a');
  const before = await spooled.figures();
  await spooled.close();
  expect(await spooled.figures()).toEqual(before);
});

async function waitingIn(folder: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { key, value } of readSpool(folder)) {
    expect(new TextDecoder().decode(value)).toBe(key);
    texts.push(key);
  }
  return texts;
}
