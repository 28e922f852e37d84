import { closeSync, openSync } from 'node:fs';
import { EventLogError } from '../event-log.ts';
import type { Doorbell } from './doorbell.ts';
import { syncFolderNow } from './file-system.ts';
import { acquireSegment, releaseSegment } from './open-segments.ts';
import { footprintOf, type Segment, segmentBases, segmentPath } from './segment.ts';

/** One transaction takes at most this much, so that another process waits milliseconds for the write lock. */
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;
/** Appends that wait for the disk; beyond it the disk is too slow for what is asked. */
const MAX_QUEUED_BYTES = 128 * 1024 * 1024;

/** An `append` that waits for its records, of one or more partitions. */
export interface Append {
  recordDurable(): void;
  recordFailed(error: unknown): void;
}

interface QueuedRecord {
  readonly value: Uint8Array;
  readonly append: Append;
}

type Commit = { kind: 'written'; records: readonly QueuedRecord[] } | { kind: 'sealed' } | { kind: 'moved' };

/**
 * Appends to one partition. Group commit: while one transaction waits for the disk, records queue, and the next transaction takes
 * them all. Several processes append to the same partition; the offset is taken inside LMDB's write transaction.
 *
 * A full segment is sealed in one transaction; whoever then holds its write lock creates the file that follows, named by the
 * offset it begins with. The file is created only under that lock and only while no later one exists, and the last segment is
 * never deleted, so that an offset is never given twice, whoever dies where.
 */
export class PartitionWriter {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #doorbell: Doorbell;
  readonly #queue: QueuedRecord[] = [];
  #queuedBytes = 0;
  #active: Segment | undefined;
  #draining: Promise<void> | undefined;

  constructor(folder: string, segmentBytes: number, doorbell: Doorbell) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#doorbell = doorbell;
  }

  /** @throws EventLogError `unavailable` when too much waits for the disk; nothing is queued then. */
  enqueue(values: readonly Uint8Array[], append: Append): void {
    const bytes = values.reduce((sum, value) => sum + value.length, 0);
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > MAX_QUEUED_BYTES) {
      throw new EventLogError('unavailable', `${this.#queuedBytes} bytes already wait for the disk`);
    }
    for (const value of values) this.#queue.push({ value, append });
    this.#queuedBytes += bytes;
    this.#draining ??= this.#drain();
  }

  /** The segment that takes new records, as far as this process knows. */
  active(): Segment {
    this.#active ??= this.#openLast();
    return this.#active;
  }

  /** Waits for what is queued and closes. */
  async close(): Promise<void> {
    await this.#draining;
    await this.#leaveActive();
  }

  async #drain(): Promise<void> {
    // One turn of the event loop, so that appends made together become one transaction.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) await this.#commitNext();
    this.#draining = undefined;
  }

  async #commitNext(): Promise<void> {
    const taken: QueuedRecord[] = [];
    try {
      const segment = this.active();
      const commit = await segment.write(() => this.#fill(segment, taken));
      if (commit.kind === 'moved') await this.#leaveActive();
      if (commit.kind !== 'written') return;
    } catch (error) {
      // Without a taken record the segment itself cannot be written: what waits would only fail again.
      const failed = taken.length > 0 ? taken : this.#take(Number.POSITIVE_INFINITY);
      const reason = toEventLogError(error);
      for (const { append } of failed) append.recordFailed(reason);
      return;
    }
    this.#doorbell.ring();
    for (const { append } of taken) append.recordDurable();
  }

  /** Runs inside the write transaction of `segment`. */
  #fill(segment: Segment, taken: QueuedRecord[]): Commit {
    if (segment.sealedAt() !== undefined) {
      this.#ensureSuccessor(segment);
      return { kind: 'moved' };
    }
    const next = segment.end();
    const count = this.#countForCommit();
    let footprint = 0;
    for (const { value } of this.#queue.slice(0, count)) footprint += footprintOf(value.length);
    if (next > segment.base && segment.fileBytes() + footprint > this.#segmentBytes) {
      segment.seal(next);
      return { kind: 'sealed' };
    }
    taken.push(...this.#take(count));
    taken.forEach(({ value }, index) => {
      segment.put(next + index, value);
    });
    if (segment.end() !== next + taken.length) {
      throw new EventLogError('unavailable', 'the segment did not take every record');
    }
    return { kind: 'written', records: taken };
  }

  #countForCommit(): number {
    let count = 0;
    let bytes = 0;
    for (const { value } of this.#queue) {
      bytes += value.length;
      if (count > 0 && bytes > MAX_COMMIT_BYTES) break;
      count += 1;
    }
    return count;
  }

  #take(count: number): QueuedRecord[] {
    const taken = this.#queue.splice(0, count);
    for (const { value } of taken) this.#queuedBytes -= value.length;
    return taken;
  }

  #ensureSuccessor(segment: Segment): void {
    const sealedAt = segment.sealedAt();
    if (sealedAt === undefined || segmentBases(this.#folder).some((base) => base > segment.base)) return;
    closeSync(openSync(segmentPath(this.#folder, sealedAt), 'wx', 0o600));
    syncFolderNow(this.#folder);
  }

  #openLast(): Segment {
    const last = segmentBases(this.#folder).at(-1);
    if (last === undefined) {
      closeSync(openSync(segmentPath(this.#folder, 0), 'a', 0o600));
      syncFolderNow(this.#folder);
    }
    return acquireSegment(this.#folder, last ?? 0, this.#segmentBytes);
  }

  async #leaveActive(): Promise<void> {
    const segment = this.#active;
    this.#active = undefined;
    if (segment !== undefined) await releaseSegment(segment);
  }
}

function toEventLogError(error: unknown): EventLogError {
  if (error instanceof EventLogError) return error;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const isFull = /ENOSPC|No space left/.test(`${error} ${cause}`);
  return new EventLogError(isFull ? 'full' : 'unavailable', 'the records could not be stored', {
    cause: error,
  });
}
