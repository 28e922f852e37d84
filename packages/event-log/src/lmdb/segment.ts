import { statSync } from 'node:fs';
import { type Key, open, type RootDatabase } from 'lmdb';
import { EventLogError, type ReadLimits, type StoredRecord } from '../event-log.ts';
import { readBlock } from './block.ts';
import { type SegmentFormat, segmentPath } from './segment-files.ts';

const PAGE_BYTES = 4096;
/** Head-room of the map over the file's limit: one oversized batch and the pages LMDB copies on write. */
const MAP_SLACK_BYTES = 64 * 1024 * 1024;
/** A key is partition × this + offset: 1,024 partitions of 8.7 × 10¹² records in the 53 bits of an exact number. */
const OFFSETS_PER_PARTITION = 2 ** 43;

/** Bytes that values of these sizes take in the file: larger ones get pages of their own (16 bytes of header). */
export function footprintOf(valueBytes: number): number {
  return valueBytes > PAGE_BYTES / 2 - 32
    ? Math.ceil((valueBytes + 16) / PAGE_BYTES) * PAGE_BYTES + 32
    : valueBytes + 48;
}

/**
 * One LMDB environment: for each partition a run of blocks, each under the offset of its last record. The last segment takes new ones; one that is consumed is deleted
 * whole. Opening, writing and closing need the topic's gate.
 */
export class Segment {
  readonly path: string;
  readonly #database: RootDatabase<Uint8Array, Key>;

  /** Opens or creates. */
  constructor(folder: string, sequence: number, segmentBytes: number) {
    this.path = segmentPath(folder, sequence);
    this.#database = open<Uint8Array, Key>({
      path: this.path,
      encoding: 'binary',
      mapSize: segmentBytes + MAP_SLACK_BYTES,
      // LMDB's own order: pages, fdatasync, then the root by an O_DSYNC write; only then do readers see the commit. lmdb's
      // overlapping sync shows records before they are on the disk, so that a power cut could hand out an offset twice.
      overlappingSync: false,
    });
  }

  /** Runs `action` in a write transaction, which is on the disk when this returns; what it throws undoes the transaction. */
  write<T>(action: () => T): T {
    return this.#database.transactionSync(action);
  }

  /** Adds a block whose last record has the offset `last`; only inside `write`, with an offset that follows from `end()` there. */
  put(partition: number, last: number, block: Uint8Array): void {
    // Typed as void, but false says that the key was there.
    const key = partition * OFFSETS_PER_PARTITION + last;
    const isStored: unknown = this.#database.putSync(key, block, { noOverwrite: true });
    if (isStored !== true) {
      throw new EventLogError('unavailable', `${this.path} already holds ${partition}/${last}`);
    }
  }

  /** Offset after the last record of a partition; `base` when there is none here. */
  end(partition: number, base: number): number {
    const first = partition * OFFSETS_PER_PARTITION;
    const range = { start: first + OFFSETS_PER_PARTITION - 1, end: first - 1, reverse: true, limit: 1 };
    for (const key of this.#database.getKeys(range)) return Number(key) - first + 1;
    return base;
  }

  fileBytes(): number {
    return statSync(this.path).size;
  }

  /** Forgets the snapshot that this turn of the event loop may have read before. */
  refresh(): void {
    this.#database.resetReadTxn();
  }

  /** Adds records from `position` on to `into`; true when a limit ended it, false when the segment did. */
  read(
    format: SegmentFormat,
    partition: number,
    position: number,
    limits: ReadLimits,
    into: StoredRecord[],
    bytes: { sum: number },
  ): boolean {
    const first = partition * OFFSETS_PER_PARTITION;
    const range = { start: first + position, end: first + OFFSETS_PER_PARTITION };
    for (const { key, value } of this.#database.getRange(range)) {
      const last = Number(key) - first;
      for (const record of format === 'records' ? [{ offset: last, value }] : readBlock(value, last)) {
        if (record.offset < position) continue;
        const isOver = into.length >= limits.maxRecords || bytes.sum + record.value.length > limits.maxBytes;
        if (into.length > 0 && isOver) return true;
        into.push(record);
        bytes.sum += record.value.length;
      }
    }
    return into.length >= limits.maxRecords;
  }

  /** Frees the slots of readers whose process died. */
  clearDeadReaders(): number {
    return this.#database.readerCheck();
  }

  close(): void {
    // Nothing is written asynchronously here, so it closes before it returns; the promise only says so.
    void this.#database.close();
  }
}
