import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Key, open, type RootDatabase } from 'lmdb';
import { EventLogError, type ReadLimits, type StoredRecord } from '../event-log.ts';

const EXTENSION = '.mdb';
const BASE_DIGITS = 16;
/** A symbol sorts before numbers and is left out of ranges, so it does not mix with the records. */
const CONSUMED = Symbol.for('consumed');
const PAGE_BYTES = 4096;
/** Head-room of the map over the file's limit: one oversized batch and the pages LMDB copies on write. */
const MAP_SLACK_BYTES = 64 * 1024 * 1024;

/** The file of the segment whose first record has offset `base`. */
export function segmentPath(folder: string, base: number): string {
  return join(folder, `${String(base).padStart(BASE_DIGITS, '0')}${EXTENSION}`);
}

/** First offsets of the segments in a partition's folder, rising. */
export function segmentBases(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(EXTENSION))
    .map((name) => Number(name.slice(0, -EXTENSION.length)))
    .sort((a, b) => a - b);
}

/** Bytes that values of these sizes take in the file: larger ones get pages of their own (16 bytes of header). */
export function footprintOf(valueBytes: number): number {
  return valueBytes > PAGE_BYTES / 2 - 32
    ? Math.ceil((valueBytes + 16) / PAGE_BYTES) * PAGE_BYTES + 32
    : valueBytes + 48;
}

/**
 * One LMDB environment: a run of records of one partition from offset `base` on. The last segment takes new records. One that is
 * consumed is marked with the time, and later its file is deleted whole.
 *
 * Opening, writing and closing need the partition's gate.
 */
export class Segment {
  readonly base: number;
  readonly path: string;
  readonly #database: RootDatabase<Uint8Array, Key>;

  /** Opens or creates. */
  constructor(folder: string, base: number, segmentBytes: number) {
    this.base = base;
    this.path = segmentPath(folder, base);
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

  /** Adds one record; only inside `write`, with the offset that `end()` gave there. */
  put(offset: number, value: Uint8Array): void {
    // Typed as void, but false says that the key was not beyond the last one.
    const isStored: unknown = this.#database.putSync(offset, value, { append: true });
    if (isStored !== true) {
      throw new EventLogError('unavailable', `${this.path} already holds offset ${offset} or a later one`);
    }
  }

  /** Offset after the last record. */
  end(): number {
    for (const key of this.#database.getKeys({ reverse: true, limit: 1 })) {
      if (typeof key === 'number') return key + 1;
    }
    return this.base;
  }

  fileBytes(): number {
    return statSync(this.path).size;
  }

  /** Forgets the snapshot that this turn of the event loop may have read before. */
  refresh(): void {
    this.#database.resetReadTxn();
  }

  /** Adds records from `position` on to `into`; true when a limit ended it, false when the segment did. */
  read(position: number, limits: ReadLimits, into: StoredRecord[], bytes: { sum: number }): boolean {
    for (const { key, value } of this.#database.getRange({ start: position })) {
      if (
        into.length > 0 &&
        (into.length >= limits.maxRecords || bytes.sum + value.length > limits.maxBytes)
      ) {
        return true;
      }
      into.push({ offset: Number(key), value });
      bytes.sum += value.length;
    }
    return into.length >= limits.maxRecords;
  }

  /** Unix milliseconds at which all of it was known to be consumed. */
  consumedAt(): number | undefined {
    const value = this.#database.get(CONSUMED);
    if (value === undefined) return undefined;
    const number = Number(Buffer.from(value).toString());
    if (Number.isSafeInteger(number)) return number;
    throw new EventLogError('unavailable', `${this.path} holds no number where one belongs`);
  }

  /** Only inside `write`. */
  markConsumed(now: number): void {
    this.#database.putSync(CONSUMED, Buffer.from(String(now)));
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
