import { EventLogError, type StoredRecord } from '../event-log.ts';

/**
 * What one append puts into a partition, as one LMDB value: `count u32 LE | length u32 LE of each record | records`. LMDB gives a value of more
 * than half a page pages of its own: with a value for each record of 4.5 KB, a little less than half of what was written was padding.
 */
const COUNT_BYTES = 4;
const LENGTH_BYTES = 4;

/** A block takes no further record beyond this: who reads one record of it reads all of it. */
const MAX_BLOCK_BYTES = 256 * 1024;

/** Records of one partition that go into one block. */
export interface BlockDraft {
  readonly partition: number;
  readonly values: Uint8Array[];
  /** Of the whole block. */
  bytes: number;
}

/** Gathers the records of an append into blocks, those of a partition in their order. */
export class BlockDrafts {
  readonly drafts: BlockDraft[] = [];
  readonly #open = new Map<number, BlockDraft>();
  bytes = 0;

  add(partition: number, value: Uint8Array): void {
    const size = LENGTH_BYTES + value.length;
    let draft = this.#open.get(partition);
    if (draft === undefined || draft.bytes + size > MAX_BLOCK_BYTES) {
      draft = { partition, values: [], bytes: COUNT_BYTES };
      this.bytes += COUNT_BYTES;
      this.#open.set(partition, draft);
      this.drafts.push(draft);
    }
    draft.values.push(value);
    draft.bytes += size;
    this.bytes += size;
  }
}

/** Writes a block at `start`; gives the byte after it. */
export function writeBlock({ values }: BlockDraft, into: Buffer, start: number): number {
  let head = into.writeUInt32LE(values.length, start);
  let end = start + COUNT_BYTES + LENGTH_BYTES * values.length;
  for (const value of values) {
    head = into.writeUInt32LE(value.length, head);
    into.set(value, end);
    end += value.length;
  }
  return end;
}

/** The records of a block, of which the last one has the offset `last`. @throws EventLogError for torn bytes. */
export function readBlock(bytes: Uint8Array, last: number): StoredRecord[] {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = block.length < COUNT_BYTES ? 0 : block.readUInt32LE(0);
  let end = COUNT_BYTES + LENGTH_BYTES * count;
  const records: StoredRecord[] = [];
  if (count > 0 && end <= block.length) {
    for (let index = 0; index < count; index++) {
      const start = end;
      end += block.readUInt32LE(COUNT_BYTES + LENGTH_BYTES * index);
      records.push({ offset: last - count + 1 + index, value: block.subarray(start, end) });
    }
  }
  if (records.length === 0 || end !== block.length) {
    throw new EventLogError('unavailable', `the block of records that ends with offset ${last} is torn`);
  }
  return records;
}
