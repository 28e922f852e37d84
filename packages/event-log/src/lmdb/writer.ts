import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EventLogError } from '../event-log.ts';
import type { WriterAnswer, WriterOptions, WriterRequest } from './writer-messages.ts';

/** One transaction takes at most this much, so that another process waits milliseconds for the gate. */
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;
/** Appends of a partition that wait for the disk; beyond it the disk is too slow for what is asked. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;

/**
 * Partitions share this many threads, so that so many of them wait for the disk at once. Each costs about 20 MB; with 4 partitions and 100
 * writers on a busy machine of two cores, 1, 2 and 4 threads made 5,000, 9,000 and 13,000 durable appends of 3 KB a second.
 */
const MAX_THREADS = 2;

/** Records of one append for one partition. */
interface Waiting {
  readonly values: readonly Uint8Array[];
  readonly bytes: number;
  resolve(): void;
  reject(error: EventLogError): void;
}

/** Records of a partition that wait, and those that the thread has. */
interface Lane {
  readonly queue: Waiting[];
  queuedBytes: number;
  inFlight: readonly Waiting[];
}

/**
 * Hands appends to the writer threads. Group commit: while one transaction of a partition waits for the disk, records queue, and the next
 * one takes them all. A thread starts with the first append to one of its partitions.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #lanes: readonly Lane[];
  readonly #threads = new Map<number, Worker>();
  #isClosing = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#lanes = options.folders.map(() => ({ queue: [], queuedBytes: 0, inFlight: [] }));
  }

  /** Resolves when all values are on the disk. @throws EventLogError `full`, `unavailable`. */
  append(partition: number, values: readonly Uint8Array[]): Promise<void> {
    const lane = this.#laneOf(partition);
    let bytes = 0;
    for (const value of values) bytes += value.length;
    if (lane.queuedBytes > 0 && lane.queuedBytes + bytes > MAX_QUEUED_BYTES) {
      return Promise.reject(
        new EventLogError('unavailable', `${lane.queuedBytes} bytes already wait for the disk`),
      );
    }
    return new Promise((resolve, reject) => {
      lane.queue.push({ values, bytes, resolve, reject });
      lane.queuedBytes += bytes;
      // Not before the turn of the event loop is over: appends made together become one transaction.
      if (lane.queue.length === 1 && lane.inFlight.length === 0) setImmediate(() => this.#send(partition));
    });
  }

  /** Waits for what is queued, then ends the threads. */
  async close(): Promise<void> {
    while (this.#lanes.some(({ queue, inFlight }) => queue.length + inFlight.length > 0)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isClosing = true;
    const threads = [...this.#threads.values()];
    const ended = threads.map((thread) => once(thread, 'exit'));
    for (const thread of threads) this.#post(thread, { kind: 'close' }, []);
    await Promise.all(ended);
  }

  #send(partition: number): void {
    const lane = this.#laneOf(partition);
    if (lane.inFlight.length > 0 || lane.queue.length === 0) return;
    let count = 0;
    let sum = 0;
    for (const { bytes } of lane.queue) {
      if (count > 0 && sum + bytes > MAX_COMMIT_BYTES) break;
      sum += bytes;
      count += 1;
    }
    lane.inFlight = lane.queue.splice(0, count);
    lane.queuedBytes -= sum;
    // One buffer that is handed over, not cloned: a value may be a small view of a large buffer.
    const joined = new Uint8Array(sum);
    const lengths: number[] = [];
    let end = 0;
    for (const { values } of lane.inFlight) {
      for (const value of values) {
        joined.set(value, end);
        end += value.length;
        lengths.push(value.length);
      }
    }
    this.#post(this.#threadOf(partition), { kind: 'append', partition, bytes: joined.buffer, lengths }, [
      joined.buffer,
    ]);
  }

  #post(thread: Worker, request: WriterRequest, transfer: ArrayBuffer[]): void {
    thread.postMessage(request, transfer);
  }

  #threadOf(partition: number): Worker {
    const index = partition % MAX_THREADS;
    const started = this.#threads.get(index);
    if (started !== undefined) return started;
    const thread = new Worker(new URL('./writer-thread.ts', import.meta.url), {
      workerData: this.#options,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    });
    let failure: unknown;
    thread.on('message', (answer: WriterAnswer) => this.#settle(answer));
    thread.on('error', (error) => {
      failure = error;
    });
    thread.on('exit', () => {
      this.#threads.delete(index);
      if (this.#isClosing) return;
      const message = `the writer thread ended: ${failure}`;
      for (let of = index; of < this.#lanes.length; of += MAX_THREADS) {
        this.#settle({ partition: of, failure: { isDiskFull: false, message } });
      }
    });
    this.#threads.set(index, thread);
    return thread;
  }

  #settle({ partition, failure }: WriterAnswer): void {
    const lane = this.#laneOf(partition);
    const settled = lane.inFlight;
    lane.inFlight = [];
    this.#send(partition);
    if (failure === undefined) {
      for (const { resolve } of settled) resolve();
      return;
    }
    const code = failure.isDiskFull ? 'full' : 'unavailable';
    const error = new EventLogError(code, `the records could not be stored: ${failure.message}`);
    for (const { reject } of settled) reject(error);
  }

  #laneOf(partition: number): Lane {
    const lane = this.#lanes[partition];
    if (lane === undefined) throw new RangeError(`no partition ${partition}`);
    return lane;
  }
}
