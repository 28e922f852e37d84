import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowBinaryWriter } from '../src/index.ts';

function written(write: (writer: RowBinaryWriter) => void): string {
  const writer = new RowBinaryWriter();
  write(writer);
  writer.endRow();
  return writer.body().toString('hex');
}

/** LEB128 and UTF-8 by the book, slowly. */
function plainString(value: string): string {
  const utf8 = Buffer.from(value, 'utf8');
  const length: number[] = [];
  let rest = utf8.length;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    length.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(length), utf8]).toString('hex');
}

describe('RowBinaryWriter', () => {
  test('numbers are little-endian', () => {
    expect(written((w) => w.uint8(255))).toBe('ff');
    expect(written((w) => w.uint16(0x0102))).toBe('0201');
    expect(written((w) => w.uint32(0x01020304))).toBe('04030201');
    expect(written((w) => w.uint64(0x0102030405060708n))).toBe('0807060504030201');
    expect(written((w) => w.uint64(2 ** 53 - 1))).toBe('ffffffffffff1f00');
    expect(written((w) => w.uint64Hex('0102030405060708'))).toBe('0807060504030201');
    expect(written((w) => w.uint64Hex('ffffffffffffffff'))).toBe('ffffffffffffffff');
    expect(written((w) => w.float32(1))).toBe('0000803f');
  });

  test('times are ticks since 1970', () => {
    expect(written((w) => w.dateTime(1_763_596_800_999))).toBe(written((w) => w.uint32(1_763_596_800)));
    expect(written((w) => w.dateTime64(1_763_596_800_999))).toBe(
      written((w) => w.uint64(1_763_596_800_999n)),
    );
    expect(written((w) => w.dateTime64(-1))).toBe('ffffffffffffffff');
    expect(written((w) => w.dateTime64(-4_294_967_297))).toBe('fffffffffeffffff');
  });

  test('a UUID is two little-endian halves', () => {
    expect(written((w) => w.uuid('00112233445566778899aabbccddeeff'))).toBe(
      '7766554433221100ffeeddccbbaa9988',
    );
  });

  test('strings, arrays and maps carry their lengths', () => {
    expect(written((w) => w.string('aé'))).toBe('0361c3a9');
    expect(written((w) => w.bytes(new Uint8Array([0, 10, 10])))).toBe('03000a0a');
    expect(written((w) => w.strings(['a', '']))).toBe('02016100');
    expect(written((w) => w.stringMap([['k', 'v']]))).toBe('01016b0176');
    expect(written((w) => w.fixedString('ab', 4))).toBe('61620000');
  });

  test('any string is written as its UTF-8 bytes after their number', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
        expect(written((w) => w.string(value))).toBe(plainString(value));
      }),
      { numRuns: 40 },
    );
  });

  test.each([42, 43, 127, 128, 5_461, 5_462, 16_383, 16_384, 2_097_151, 2_097_152])(
    'the length of a string of %i three-byte characters is right',
    (length) => {
      const value = '€'.repeat(length);
      expect(written((w) => w.string(value))).toBe(plainString(value));
    },
  );

  test.each<[string, (writer: RowBinaryWriter) => void]>([
    ['UInt8 256', (w) => w.uint8(256)],
    ['UInt8 −1', (w) => w.uint8(-1)],
    ['UInt8 without a number', (w) => w.uint8(Number.NaN)],
    ['a fraction', (w) => w.uint32(1.5)],
    ['UInt16', (w) => w.uint16(65_536)],
    ['UInt32', (w) => w.uint32(2 ** 32)],
    ['UInt64 −1', (w) => w.uint64(-1)],
    ['UInt64 above 2^53', (w) => w.uint64(2 ** 53)],
    ['a time that is none', (w) => w.dateTime64(Number.NaN)],
    ['a time before 1970 as DateTime', (w) => w.dateTime(-1)],
    ['hex that is none', (w) => w.uint64Hex('xyz')],
    ['a UUID with dashes', (w) => w.uuid('00112233-4455-6677-8899-aabbccddeeff')],
    ['a string too long for its column', (w) => w.fixedString('abc', 2)],
  ])('refuses %s', (_what, write) => {
    const writer = new RowBinaryWriter();
    expect(() => write(writer)).toThrow(RangeError);
  });

  test('a row that was begun can be taken back', () => {
    const writer = new RowBinaryWriter();
    writer.string('kept');
    writer.endRow();
    writer.string('half');
    writer.rewindRow();
    writer.uint8(7);
    writer.endRow();
    expect(writer.rows).toBe(2);
    expect(writer.body().toString('hex')).toBe('046b65707407');
  });

  test('it grows past its first size and can be used again', () => {
    const writer = new RowBinaryWriter(64);
    const text = 'x'.repeat(1_000);
    for (let i = 0; i < 100; i++) {
      writer.string(text);
      writer.endRow();
    }
    expect(writer.size).toBe(100 * 1_002);
    writer.reset();
    expect([writer.rows, writer.size, writer.body().length]).toEqual([0, 0, 0]);
  });
});
