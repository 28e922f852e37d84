import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { cut } from '../backup/clickhouse-copy.ts';
import { readRecords } from '../backup/log-copy.ts';
import { BackupError, parseManifest } from '../backup/manifest.ts';

const limits = { bytes: 100, lookAhead: 6 };
const row = (key: string, bytes: number) => ({ key: [key], bytes });

describe('a chunk of a table', () => {
  test('ends when it is large enough, and holds one row at least', () => {
    expect(cut([row('a', 60), row('b', 60), row('c', 1)], limits)).toEqual({ rows: 2, to: ['b'] });
    expect(cut([row('a', 500), row('b', 1)], limits)).toEqual({ rows: 1, to: ['a'] });
  });

  test('takes all that is left', () => {
    expect(cut([row('a', 1), row('b', 1)], limits)).toEqual({ rows: 2, to: ['b'] });
    expect(cut([], limits)).toEqual({ rows: 0, to: undefined });
  });

  test('never parts rows with the same key, since the next one begins behind a key', () => {
    const same = [row('a', 60), row('b', 60), row('b', 60), row('c', 60)];
    expect(cut(same, limits)).toEqual({ rows: 1, to: ['a'] });
    expect(cut([row('b', 60), row('b', 60), row('b', 60), row('c', 1)], limits)).toEqual({
      rows: 3,
      to: ['b'],
    });
  });

  test('does not end with the last row that was looked at: the next may have its key', () => {
    const six = ['a', 'b', 'c', 'd', 'e', 'e'].map((key) => row(key, 1));
    expect(cut(six, limits)).toEqual({ rows: 4, to: ['d'] });
    expect(() =>
      cut(
        ['a', 'a', 'a', 'a', 'a', 'a'].map((key) => row(key, 1)),
        limits,
      ),
    ).toThrow(BackupError);
  });
});

/** As a backup writes them: length, offset, value. */
function framed(values: readonly string[]): Buffer {
  return Buffer.concat(
    values.flatMap((value, i) => {
      const head = Buffer.alloc(12);
      head.writeUInt32LE(value.length, 0);
      head.writeBigUInt64LE(BigInt(7 + i), 4);
      return [head, Buffer.from(value)];
    }),
  );
}

async function read(chunks: readonly Buffer[]): Promise<readonly (readonly [number, string])[]> {
  const records: (readonly [number, string])[] = [];
  for await (const { offset, value } of readRecords(Readable.from(chunks))) {
    records.push([offset, Buffer.from(value).toString()]);
  }
  return records;
}

describe('copied records', () => {
  test('are read wherever the pieces of the file end', async () => {
    const bytes = framed(['one', '', 'three']);
    const expected = [
      [7, 'one'],
      [8, ''],
      [9, 'three'],
    ];
    for (let size = 1; size <= bytes.length; size += 1) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(await read(pieces)).toEqual(expected);
    }
  });

  test('that are cut are noticed', async () => {
    const bytes = framed(['one', 'two']);
    await expect(read([bytes.subarray(0, bytes.length - 1)])).rejects.toThrow('is cut');
  });
});

describe('a manifest', () => {
  test('of a newer format is refused by name', () => {
    expect(() => parseManifest('{"format": 2}')).toThrow('restore it with the newer release');
    expect(() => parseManifest('{"format": 1}')).toThrow('damaged');
    expect(() => parseManifest('{')).toThrow('damaged');
  });
});
