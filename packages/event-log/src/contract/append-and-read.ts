import { describe, expect, test } from 'vitest';
import { partitionOf } from '../event-log.ts';
import { bytesOf, LIMITS, textOf } from './record-text.ts';
import { type ContractSubject, freshPlace, PARTITIONS, readAll, readEverything } from './subject.ts';

export function describeAppendAndRead(subject: ContractSubject): void {
  describe('append and read', () => {
    test('a new log is empty', async () => {
      const log = await (await freshPlace(subject)).open();
      expect(await readEverything(log)).toEqual([]);
      expect(await log.lag()).toEqual([0, 1, 2].map((partition) => ({ partition, start: 0, end: 0 })));
      await log.append([]);
      expect(await readEverything(log)).toEqual([]);
    });

    test('records come back byte for byte, in the partition of their key', async () => {
      const log = await (await freshPlace(subject)).open();
      const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
      const empty = new Uint8Array(0);
      await log.append([
        { key: 'a', value: everyByte },
        { key: 'a', value: empty },
      ]);
      const records = await readAll(log, partitionOf('a', PARTITIONS));
      expect(records.map(({ value }) => [...value])).toEqual([[...everyByte], []]);
      expect(await readEverything(log)).toHaveLength(2);
    });

    test('appends of one key are read in the order in which they were made', async () => {
      const log = await (await freshPlace(subject)).open();
      const names = Array.from({ length: 120 }, (_, index) => `record ${index}`);
      for (let first = 0; first < 60; first += 3) {
        await log.append(names.slice(first, first + 3).map((name) => ({ key: 'k', value: bytesOf(name) })));
      }
      await Promise.all(names.slice(60).map((name) => log.append([{ key: 'k', value: bytesOf(name) }])));
      expect((await readAll(log, partitionOf('k', PARTITIONS))).map(textOf)).toEqual(names);
    });

    test('one append reaches several partitions', async () => {
      const log = await (await freshPlace(subject)).open();
      const keys = Array.from({ length: 60 }, (_, index) => `key-${index}`);
      await log.append(keys.map((key) => ({ key, value: bytesOf(key) })));
      for (let partition = 0; partition < PARTITIONS; partition += 1) {
        const expected = keys.filter((key) => partitionOf(key, PARTITIONS) === partition);
        expect(expected.length).toBeGreaterThan(0);
        expect((await readAll(log, partition)).map(textOf)).toEqual(expected);
      }
    });

    test('what was appended is there after a reopen, and offsets go on', async () => {
      const { open } = await freshPlace(subject, 1);
      const before = await open();
      await before.append(['one', 'two'].map((name) => ({ key: 'k', value: bytesOf(name) })));
      const [{ end } = { end: Number.NaN }] = await before.lag();
      await before.close();
      const after = await open();
      expect(await after.lag()).toEqual([{ partition: 0, start: 0, end }]);
      await after.append([{ key: 'k', value: bytesOf('three') }]);
      const records = await readAll(after, 0);
      expect(records.map(textOf)).toEqual(['one', 'two', 'three']);
      expect(records[2]?.offset).toBeGreaterThanOrEqual(end);
    });

    test('an append is readable in another open log as soon as it resolves', async () => {
      const { open } = await freshPlace(subject, 1);
      const [writer, reader] = [await open(), await open()];
      for (let count = 1; count <= 30; count += 1) {
        await writer.append([{ key: 'k', value: bytesOf(`record ${count}`) }]);
        expect(await readAll(reader, 0)).toHaveLength(count);
      }
    });

    describeLimits(subject);
    describePositions(subject);
  });
}

function describeLimits(subject: ContractSubject): void {
  test('a read keeps to both limits', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    await log.append(Array.from({ length: 20 }, () => ({ key: 'k', value: new Uint8Array(1000) })));
    expect(await log.read(0, 0, { maxRecords: 7, maxBytes: 1_000_000 })).toHaveLength(7);
    expect(await log.read(0, 0, { maxRecords: 100, maxBytes: 5000 })).toHaveLength(5);
    expect(await log.read(0, 0, { maxRecords: 100, maxBytes: 5999 })).toHaveLength(5);
  });

  test('a record larger than the limit is read alone', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    await log.append([10, 5000, 10].map((size) => ({ key: 'k', value: new Uint8Array(size) })));
    const sizes: number[] = [];
    let next = 0;
    for (let reads = 0; reads < 3; reads += 1) {
      const records = await log.read(0, next, { maxRecords: 10, maxBytes: 100 });
      expect(records).toHaveLength(1);
      for (const { offset, value } of records) {
        sizes.push(value.length);
        next = offset + 1;
      }
    }
    expect(sizes).toEqual([10, 5000, 10]);
  });

  test('a value of 4 MiB is taken, a larger one is refused and leaves nothing', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    const largest = new Uint8Array(4 * 1024 * 1024).fill(5);
    await log.append([{ key: 'k', value: largest }]);
    const tooLarge = [
      { key: 'k', value: bytesOf('beside') },
      { key: 'k', value: new Uint8Array(4 * 1024 * 1024 + 1) },
    ];
    await expect(log.append(tooLarge)).rejects.toMatchObject({ name: 'EventLogError', code: 'too_large' });
    const records = await log.read(0, 0, LIMITS);
    expect(records).toHaveLength(1);
    expect(Buffer.compare(records[0]?.value ?? bytesOf(''), largest)).toBe(0);
  });

  test('a closed log refuses everything', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    await log.close();
    const closed = { name: 'EventLogError', code: 'closed' };
    await expect(log.append([{ key: 'k', value: bytesOf('late') }])).rejects.toMatchObject(closed);
    await expect(log.read(0, 0, LIMITS)).rejects.toMatchObject(closed);
    await expect(log.lag()).rejects.toMatchObject(closed);
    await log.close();
  });

  test('appends that wait when the log is closed are finished first', async () => {
    const { open } = await freshPlace(subject, 1);
    const log = await open();
    await log.append([{ key: 'k', value: bytesOf('first') }]);
    const waiting = Array.from({ length: 50 }, (_, index) =>
      log.append([{ key: 'k', value: bytesOf(`${index}`) }]).then(
        () => 'durable',
        (error: unknown) => (error as { code?: unknown }).code,
      ),
    );
    await log.close();
    const answers = await Promise.all(waiting);
    const stored = await readAll(await open(), 0);
    expect(answers.filter((answer) => answer === 'durable')).toHaveLength(stored.length - 1);
    expect(new Set(answers)).not.toContain(undefined);
  });
}

function describePositions(subject: ContractSubject): void {
  test('a read begins exactly at the position', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    await log.append(['a', 'b', 'c', 'd'].map((name) => ({ key: 'k', value: bytesOf(name) })));
    const all = await readAll(log, 0);
    for (const [index, { offset }] of all.entries()) {
      const read = await log.read(0, offset, LIMITS);
      expect(read.map(textOf)).toEqual(['a', 'b', 'c', 'd'].slice(index));
    }
  });

  test('a read at or beyond the end is empty', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    await log.append([{ key: 'k', value: bytesOf('only') }]);
    const [{ end } = { end: Number.NaN }] = await log.lag();
    expect(await log.read(0, end, LIMITS)).toEqual([]);
    expect(await log.read(0, end + 1000, LIMITS)).toEqual([]);
  });

  test('a position below the start begins at the start, and nothing from the trimmed position on is lost', async () => {
    const { place, open } = await freshPlace(subject, 1);
    const log = await open();
    const value = new Uint8Array(30_000);
    for (let count = 0; count < 60; count += 1) await log.append([{ key: 'k', value }]);
    const before = await readAll(log, 0);
    const position = before[45]?.offset ?? Number.NaN;
    await log.trim(0, position);
    await place.forget?.(0, position);
    const [{ start, end } = { start: Number.NaN, end: Number.NaN }] = await log.lag();
    expect(start).toBeGreaterThan(0);
    expect(start).toBeLessThanOrEqual(position);
    // What lies below the position may go at any moment, also while it is being read.
    const read = (await readAll(log, 0, 0)).map(({ offset }) => offset);
    expect(read[0]).toBeGreaterThanOrEqual(start);
    expect(read).toEqual(read.toSorted((a, b) => a - b));
    expect(read.filter((offset) => offset >= position)).toEqual(
      before.map(({ offset }) => offset).filter((offset) => offset >= position),
    );
    await log.close();
    const reopened = await open();
    const [first] = await reopened.read(0, 0, LIMITS);
    expect(first?.offset).toBeGreaterThanOrEqual(start);
    expect(first?.offset).toBeLessThanOrEqual(position);
    await reopened.append([{ key: 'k', value }]);
    expect((await reopened.read(0, end, LIMITS)).map(({ offset }) => offset)).toEqual([end]);
  });
}
