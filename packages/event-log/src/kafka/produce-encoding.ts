import { createRequire } from 'node:module';

/** A request to produce, as kafkajs hands it to its encoder. */
export interface ProduceRequest {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  readonly producerId?: number | { toString(): string };
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly PartitionRecords[];
  }[];
}

interface PartitionRecords {
  readonly partition: number;
  readonly messages: readonly {
    readonly key?: Buffer | string | null;
    readonly value: Buffer | null;
    readonly timestamp?: unknown;
    readonly headers?: Readonly<Record<string, unknown>>;
  }[];
}

/** What kafkajs takes for one of its encoders. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  size(): number;
}

interface Protocol {
  readonly request: { encode: () => Promise<Encoded> };
}
type MakeProtocol = (request: ProduceRequest) => Protocol;
interface ProduceDefinition {
  protocol: (of: { readonly version: number }) => MakeProtocol;
  isLean?: true;
}

const load = createRequire(import.meta.url);
const crc32c = load('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;

/** Versions with record batches, and without a compact encoding. */
const FIRST_VERSION = 3;
const LAST_VERSION = 8;
const MAGIC = 2;
const NO_PRODUCER = -1n;
const NO_TRANSACTION = -1;
/** Everything of a batch before its records, from the first offset to the number of records. */
const BATCH_HEAD = 61;
/** Of a batch's head, what its length does not count: first offset and length. */
const BEFORE_LENGTH = 12;
/** Where in a batch the checksum stands, and what it covers begins. */
const CRC_AT = 17;
const COVERED_AT = 21;

/**
 * kafkajs 2.2.4 copies a record through some nine buffers, each of twice the size it needs: 65 KB outside of V8's heap for a record of 4 KB, and V8 collects all
 * of its heap each time that such memory has grown a little. Of what ingest cost per event on Kafka that was a quarter. This writes a request into one buffer;
 * what it was not made for (transactions, compression, headers) is left to kafkajs.
 */
export function leanProduceRequests(): void {
  const definition = load('kafkajs/src/protocol/requests/produce/index.js') as ProduceDefinition;
  if (definition.isLean === true) return;
  definition.isLean = true;
  const { protocol } = definition;
  definition.protocol = (of) => {
    const make = protocol(of);
    if (of.version < FIRST_VERSION || of.version > LAST_VERSION) return make;
    return (request) => {
      const made = make(request);
      if (isPlain(request)) made.request.encode = async () => encoded(encodeProduce(request, Date.now()));
      return made;
    };
  };
}

/** Whether `encodeProduce` writes all that the request says. */
export function isPlain({ transactionalId, producerId, compression, topicData }: ProduceRequest): boolean {
  return (
    (transactionalId ?? null) === null &&
    (producerId === undefined || String(producerId) === '-1') &&
    (compression ?? 0) === 0 &&
    topicData.every(({ partitions }) =>
      partitions.every(({ messages }) =>
        messages.every(
          ({ timestamp, headers, value }) =>
            (timestamp ?? null) === null && Buffer.isBuffer(value) && Object.keys(headers ?? {}).length === 0,
        ),
      ),
    )
  );
}

/**
 * The body of a produce request: transactional id, acks, timeout, and record batches (magic 2) by topic and partition.
 *
 * @param now timestamp of the records, unix milliseconds.
 */
export function encodeProduce({ acks, timeout, topicData }: ProduceRequest, now: number): Buffer {
  const topics = topicData.map(({ topic, partitions }) => ({
    name: Buffer.from(topic),
    batches: partitions.map(measured),
  }));
  let size = 2 + 2 + 4 + 4;
  for (const { name, batches } of topics) {
    size += 2 + name.length + 4;
    for (const { bytes } of batches) size += 4 + 4 + bytes;
  }
  const to = new Writer(size);
  to.int16(NO_TRANSACTION);
  to.int16(acks);
  to.int32(timeout);
  to.int32(topics.length);
  for (const { name, batches } of topics) {
    to.int16(name.length);
    to.bytes(name);
    to.int32(batches.length);
    for (const batch of batches) writeBatch(to, batch, now);
  }
  return to.buffer;
}

interface MeasuredRecord {
  readonly key: Buffer | undefined;
  readonly value: Buffer;
  /** Without the length itself. */
  readonly bytes: number;
}

interface MeasuredBatch {
  readonly partition: number;
  readonly records: readonly MeasuredRecord[];
  readonly bytes: number;
}

function measured({ partition, messages }: PartitionRecords): MeasuredBatch {
  let bytes = BATCH_HEAD;
  const records = messages.map(({ key, value }, i): MeasuredRecord => {
    const record = measuredRecord(key ?? undefined, value ?? EMPTY, i);
    bytes += varintSize(record.bytes) + record.bytes;
    return record;
  });
  return { partition, records, bytes };
}

const EMPTY = Buffer.alloc(0);

function measuredRecord(key: Buffer | string | undefined, value: Buffer, index: number): MeasuredRecord {
  const keyBytes = typeof key === 'string' ? Buffer.from(key) : key;
  const keySize = keyBytes === undefined ? 1 : varintSize(keyBytes.length) + keyBytes.length;
  // Attributes, delta of the timestamp and number of headers are a byte each.
  const bytes = 3 + varintSize(index) + keySize + varintSize(value.length) + value.length;
  return { key: keyBytes, value, bytes };
}

function writeBatch(to: Writer, { partition, records, bytes }: MeasuredBatch, now: number): void {
  to.int32(partition);
  to.int32(bytes);
  const start = to.offset;
  to.int64(0n); // the broker gives the offset
  to.int32(bytes - BEFORE_LENGTH);
  to.int32(0); // epoch of the leader: the broker's, too
  to.int8(MAGIC);
  to.int32(0); // the checksum, below
  to.int16(0);
  to.int32(records.length - 1);
  to.int64(BigInt(now));
  to.int64(BigInt(now));
  to.int64(NO_PRODUCER);
  to.int16(0);
  to.int32(0);
  to.int32(records.length);
  for (const [i, { key, value, bytes: size }] of records.entries()) {
    to.varint(size);
    to.int8(0);
    to.varint(0);
    to.varint(i);
    to.varint(key === undefined ? -1 : key.length);
    if (key !== undefined) to.bytes(key);
    to.varint(value.length);
    to.bytes(value);
    to.varint(0);
  }
  const { buffer } = to;
  buffer.writeUInt32BE(crc32c(buffer.subarray(start + COVERED_AT, start + bytes)), start + CRC_AT);
}

/** Writes big-endian numbers into a buffer of a size that is known before. */
class Writer {
  readonly buffer: Buffer;
  offset = 0;

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafe(size);
  }

  int8(value: number): void {
    this.offset = this.buffer.writeInt8(value, this.offset);
  }

  int16(value: number): void {
    this.offset = this.buffer.writeInt16BE(value, this.offset);
  }

  int32(value: number): void {
    this.offset = this.buffer.writeInt32BE(value, this.offset);
  }

  int64(value: bigint): void {
    this.offset = this.buffer.writeBigInt64BE(value, this.offset);
  }

  /** Zigzag. */
  varint(value: number): void {
    let rest = zigzag(value);
    while (rest > 0x7f) {
      this.buffer[this.offset++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.offset++] = rest;
  }

  bytes(value: Buffer): void {
    this.offset += value.copy(this.buffer, this.offset);
  }
}

function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function varintSize(value: number): number {
  let rest = zigzag(value);
  let size = 1;
  while (rest > 0x7f) {
    size++;
    rest >>>= 7;
  }
  return size;
}

function encoded(buffer: Buffer): Encoded {
  return { buf: buffer, buffer, size: () => buffer.length };
}
