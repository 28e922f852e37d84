const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Writes rows in ClickHouse's RowBinary: the columns of a row one after another, in the order of the block's `columns`, then `endRow()`.
 * Numbers out of range throw a RangeError; `rewindRow()` then takes back what the row has written. LowCardinality(T) is written as T.
 */
export class RowBinaryWriter {
  #buffer: Buffer;
  #at = 0;
  #rowStart = 0;
  #rows = 0;

  constructor(initialBytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(Math.max(64, initialBytes));
  }

  /** Rows ended so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of the rows ended so far. */
  get size(): number {
    return this.#rowStart;
  }

  endRow(): void {
    this.#rowStart = this.#at;
    this.#rows++;
  }

  /** Forgets the row that was begun. */
  rewindRow(): void {
    this.#at = this.#rowStart;
  }

  /** Forgets everything and keeps the memory; a body handed out before is overwritten by what comes next. */
  reset(): void {
    this.#at = 0;
    this.#rowStart = 0;
    this.#rows = 0;
  }

  /** The bytes of all ended rows: a view, valid until the next `reset`. */
  body(): Buffer {
    return this.#buffer.subarray(0, this.#rowStart);
  }

  uint8(value: number): void {
    if (!Number.isInteger(value)) throw new RangeError('not a UInt8');
    this.#reserve(1);
    this.#at = this.#buffer.writeUInt8(value, this.#at);
  }

  uint16(value: number): void {
    if (!Number.isInteger(value)) throw new RangeError('not a UInt16');
    this.#reserve(2);
    this.#at = this.#buffer.writeUInt16LE(value, this.#at);
  }

  uint32(value: number): void {
    if (!Number.isInteger(value)) throw new RangeError('not a UInt32');
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
  }

  uint64(value: bigint | number): void {
    this.#reserve(8);
    if (typeof value === 'bigint') {
      this.#at = this.#buffer.writeBigUInt64LE(value, this.#at);
      return;
    }
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a UInt64');
    this.#buffer.writeUInt32LE(value % 0x1_0000_0000, this.#at);
    this.#at = this.#buffer.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.#at + 4);
  }

  /** A UInt64 from 16 hex digits, such as a grouping hash. */
  uint64Hex(hex: string): void {
    if (!HEX_16.test(hex)) throw new RangeError('not 16 hex digits');
    this.#reserve(8);
    this.#buffer.writeUInt32LE(Number.parseInt(hex.slice(8), 16), this.#at);
    this.#at = this.#buffer.writeUInt32LE(Number.parseInt(hex.slice(0, 8), 16), this.#at + 4);
  }

  float32(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeFloatLE(value, this.#at);
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#at = this.#buffer.writeDoubleLE(value, this.#at);
  }

  /** Nullable(T): `write` writes what is not null. */
  nullable<T>(value: T | null | undefined, write: (value: T) => void): void {
    if (value === null || value === undefined) this.uint8(1);
    else {
      this.uint8(0);
      write(value);
    }
  }

  /** DateTime, from unix milliseconds; the part below a second is cut off. */
  dateTime(unixMs: number): void {
    const seconds = Math.floor(unixMs / 1000);
    if (!Number.isInteger(seconds)) throw new RangeError('not a time');
    this.uint32(seconds);
  }

  /** DateTime64(3), from unix milliseconds; the part below a millisecond is cut off. */
  dateTime64(unixMs: number): void {
    const ticks = Math.floor(unixMs);
    if (!Number.isSafeInteger(ticks)) throw new RangeError('not a time');
    this.#reserve(8);
    const high = Math.floor(ticks / 0x1_0000_0000);
    this.#buffer.writeUInt32LE(ticks - high * 0x1_0000_0000, this.#at);
    this.#at = this.#buffer.writeInt32LE(high, this.#at + 4);
  }

  /** UUID, from 32 hex digits without dashes: two little-endian halves. */
  uuid(hex: string): void {
    if (!HEX_32.test(hex)) throw new RangeError('not 32 hex digits');
    this.uint64Hex(hex.slice(0, 16));
    this.uint64Hex(hex.slice(16));
  }

  string(value: string): void {
    // The length comes first and counts bytes. Assume ASCII, write, and move the few strings where that was wrong.
    this.#reserve(MAX_VARINT + value.length * 3);
    const start = this.#at;
    const assumed = varintSize(value.length);
    const bytes = this.#buffer.write(value, start + assumed, 'utf8');
    const needed = varintSize(bytes);
    if (needed !== assumed) {
      this.#buffer.copyWithin(start + needed, start + assumed, start + assumed + bytes);
    }
    this.#writeVarint(bytes);
    this.#at += bytes;
  }

  /** String, from bytes that are already encoded. */
  bytes(value: Uint8Array): void {
    this.#reserve(MAX_VARINT + value.length);
    this.#writeVarint(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** FixedString(length): shorter ones are filled up with zero bytes. */
  fixedString(value: string, length: number): void {
    this.#reserve(length);
    if (Buffer.byteLength(value) > length) throw new RangeError(`longer than FixedString(${length})`);
    this.#buffer.fill(0, this.#at, this.#at + length);
    this.#buffer.write(value, this.#at, 'utf8');
    this.#at += length;
  }

  /** Array(String). */
  strings(values: readonly string[]): void {
    this.#reserve(MAX_VARINT);
    this.#writeVarint(values.length);
    for (const value of values) this.string(value);
  }

  /** Array(UInt64). */
  uint64s(values: readonly (bigint | number)[]): void {
    this.#reserve(MAX_VARINT + values.length * 8);
    this.#writeVarint(values.length);
    for (const value of values) this.uint64(value);
  }

  /** Array(UUID), each from 32 hex digits. */
  uuids(values: readonly string[]): void {
    this.#reserve(MAX_VARINT + values.length * 16);
    this.#writeVarint(values.length);
    for (const value of values) this.uuid(value);
  }

  /** Map(String, String). */
  stringMap(pairs: readonly (readonly [string, string])[]): void {
    this.#reserve(MAX_VARINT);
    this.#writeVarint(pairs.length);
    for (const [key, value] of pairs) {
      this.string(key);
      this.string(value);
    }
  }

  #writeVarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    if (needed > MAX_BYTES) throw new RangeError('block is too large');
    const larger = Buffer.allocUnsafe(Math.min(MAX_BYTES, Math.max(needed, this.#buffer.length * 2)));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

const HEX_16 = /^[0-9a-fA-F]{16}$/;
const HEX_32 = /^[0-9a-fA-F]{32}$/;
/** A length below 2^32. */
const MAX_VARINT = 5;

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
