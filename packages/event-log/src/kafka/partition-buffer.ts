import type { Batch } from '../batch-source.ts';
import { EventLogError, type ReadLimits, type StoredRecord } from '../event-log.ts';
import type { FetchedMessage, FetchedPartition } from './cluster.ts';

/**
 * Records of one partition in the order of their offsets, fetched ahead of whoever reads them. It knows where the next fetch begins, drops what lies
 * below the position, and lets no record go missing unseen.
 */
export class PartitionBuffer {
  readonly #partition: number;
  readonly #isCompacted: boolean;
  #records: StoredRecord[] = [];
  #bytes = 0;
  /** From here on it has everything up to `#next`. */
  #start: number;
  #next: number;

  constructor(partition: number, position: number, isCompacted: boolean) {
    this.#partition = partition;
    this.#start = position;
    this.#next = position;
    this.#isCompacted = isCompacted;
  }

  /** Offset that the next fetch asks for. */
  get next(): number {
    return this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Takes what a fetch from `next` has answered. Returns how many records came.
   * @throws EventLogError `records_missing` when offsets are left out that nothing explains.
   */
  add(fetched: FetchedPartition): number {
    const aborted = new AbortedTransactions(fetched);
    const before = this.#records.length;
    for (const message of fetched.messages) {
      const offset = Number(message.offset);
      const isAborted = aborted.covers(message);
      // A fetch answers whole batches: the first one may begin below what was asked for.
      if (offset < this.#next) continue;
      this.#demandNoGap(offset, fetched);
      this.#next = offset + 1;
      if (message.isControlRecord === true || isAborted) continue;
      const value = message.value ?? new Uint8Array(0);
      this.#records.push({ offset, value });
      this.#bytes += value.length;
    }
    return this.#records.length - before;
  }

  /** Up to the limits, from `position` on; at least one record when there is any. Undefined: that is not what was fetched. */
  read(position: number, limits: ReadLimits): Batch | undefined {
    if (position < this.#start || position > this.#next) return undefined;
    const first = this.#indexOf(position);
    const records: StoredRecord[] = [];
    let bytes = 0;
    for (let at = first; at < this.#records.length; at += 1) {
      const record = this.#records[at];
      if (record === undefined) break;
      const isOver = records.length >= limits.maxRecords || bytes + record.value.length > limits.maxBytes;
      if (records.length > 0 && isOver) return { records, isFull: true };
      records.push(record);
      bytes += record.value.length;
    }
    return { records, isFull: records.length >= limits.maxRecords };
  }

  /** Everything below `position` is done with. */
  drop(position: number): void {
    const count = this.#indexOf(position);
    for (const { value } of this.#records.splice(0, count)) this.#bytes -= value.length;
    this.#start = Math.max(this.#start, position);
  }

  #indexOf(position: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle]?.offset ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Markers and aborted records are in the answer, so what is left out without them was compacted away, deleted, or lost. */
  #demandNoGap(offset: number, { lastStartOffset }: FetchedPartition): void {
    if (offset === this.#next) return;
    const start = Number(lastStartOffset ?? 0);
    if (this.#isCompacted && start <= this.#next) return;
    throw recordsMissing(this.#partition, this.#next, offset, start);
  }
}

export function recordsMissing(
  partition: number,
  position: number,
  found: number,
  start: number,
): EventLogError {
  const why =
    start > position ? `the broker's log starts at ${start}` : 'no transaction or compaction explains it';
  const message = `partition ${partition}: records from ${position} to ${found - 1} were not consumed and are gone (${why})`;
  return new EventLogError('records_missing', message);
}

/** Tells records of transactions that were given up. A transaction ends with its marker. */
class AbortedTransactions {
  readonly #waiting: { readonly producerId: string; readonly firstOffset: number }[];
  readonly #open = new Set<string>();

  constructor({ abortedTransactions = [] }: FetchedPartition) {
    this.#waiting = abortedTransactions
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
      .sort((a, b) => a.firstOffset - b.firstOffset);
  }

  covers({ offset, batchContext, isControlRecord }: FetchedMessage): boolean {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined || first.firstOffset > Number(offset)) break;
      this.#open.add(first.producerId);
      this.#waiting.shift();
    }
    if (batchContext === undefined || !batchContext.inTransaction) return false;
    if (isControlRecord === true) {
      this.#open.delete(batchContext.producerId);
      return false;
    }
    return this.#open.has(batchContext.producerId);
  }
}
