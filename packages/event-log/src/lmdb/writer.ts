import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EventLogError } from '../event-log.ts';
import { Linger } from '../linger.ts';
import { BlockDrafts, writeBlock } from './block.ts';
import type { WriterAnswer, WriterOptions, WriterRequest } from './writer-messages.ts';

/** One transaction takes at most this much (but for a single append that is larger), so that another process waits milliseconds for the gate. */
const MAX_COMMIT_BYTES = 8 * 1024 * 1024;
/** Appends that wait for the disk; beyond it the disk is too slow for what is asked. */
const MAX_QUEUED_BYTES = 128 * 1024 * 1024;

/**
 * How long the first append that waits is held for others to join it. A commit costs the same for one record as for many, and a quarter of a machine's
 * CPU went into commits of one or two records; an answer takes that much longer when nothing else goes on.
 */
const LINGER_MS = 8;
/** With this much waiting, the commit is shared well enough. */
const LINGER_BYTES = 128 * 1024;

/** Memory of a request that is kept for the next one: fresh memory costs more than what is written into it. */
const SPARE_BYTES = 1024 * 1024;

/** A record and the partition it goes to. */
export interface PlacedValue {
  readonly partition: number;
  readonly value: Uint8Array;
}

/** One append. */
interface Waiting {
  readonly values: readonly PlacedValue[];
  readonly bytes: number;
  resolve(): void;
  reject(error: EventLogError): void;
}

/**
 * Hands appends to the writer thread. Group commit: while one transaction waits for the disk, appends queue, and the next one
 * takes them all. The thread starts with the first append.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  #inFlight: readonly Waiting[] = [];
  #thread: Worker | undefined;
  readonly #linger = new Linger({
    milliseconds: LINGER_MS,
    enoughBytes: LINGER_BYTES,
    send: () => this.#send(),
  });
  #isClosing = false;
  #spare: ArrayBuffer | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Resolves when all values are on the disk; they get there together. @throws EventLogError `full`, `unavailable`. */
  append(values: readonly PlacedValue[]): Promise<void> {
    let bytes = 0;
    for (const { value } of values) bytes += value.length;
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > MAX_QUEUED_BYTES) {
      const message = `${this.#queuedBytes} bytes already wait for the disk`;
      return Promise.reject(new EventLogError('unavailable', message));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ values, bytes, resolve, reject });
      this.#queuedBytes += bytes;
      this.#schedule();
    });
  }

  /** Waits for what is queued, then ends the thread. */
  async close(): Promise<void> {
    while (this.#queue.length + this.#inFlight.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isClosing = true;
    if (this.#thread === undefined) return;
    const ended = once(this.#thread, 'exit');
    this.#thread.postMessage({ kind: 'close' } satisfies WriterRequest);
    await ended;
  }

  /** Sends what waits: soon, or when its time is up. */
  #schedule(): void {
    if (this.#inFlight.length > 0 || this.#queue.length === 0) return;
    this.#linger.schedule(this.#queuedBytes);
  }

  #send(): void {
    if (this.#inFlight.length > 0 || this.#queue.length === 0) return;
    let count = 0;
    let sum = 0;
    for (const { bytes } of this.#queue) {
      if (count > 0 && sum + bytes > MAX_COMMIT_BYTES) break;
      sum += bytes;
      count += 1;
    }
    this.#inFlight = this.#queue.splice(0, count);
    this.#queuedBytes -= sum;
    const request = this.#request(this.#inFlight);
    this.#startedThread().postMessage(request, [request.bytes]);
  }

  #request(appends: readonly Waiting[]): Extract<WriterRequest, { kind: 'append' }> {
    const drafts = new BlockDrafts();
    for (const { values } of appends) {
      for (const { partition, value } of values) drafts.add(partition, value);
    }
    const memory = this.#memory(drafts.bytes);
    const into = Buffer.from(memory);
    let end = 0;
    const blocks = drafts.drafts.map((draft) => {
      end = writeBlock(draft, into, end);
      return { partition: draft.partition, records: draft.values.length, length: draft.bytes };
    });
    return { kind: 'append', bytes: memory, blocks };
  }

  /** At least so many bytes. */
  #memory(bytes: number): ArrayBuffer {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && spare.byteLength >= bytes) return spare;
    return new ArrayBuffer(Math.max(bytes, SPARE_BYTES));
  }

  #startedThread(): Worker {
    if (this.#thread !== undefined) return this.#thread;
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
      this.#thread = undefined;
      if (this.#isClosing) return;
      this.#settle({ failure: { isDiskFull: false, message: `the writer thread ended: ${failure}` } });
    });
    this.#thread = thread;
    return thread;
  }

  #settle({ failure, bytes }: WriterAnswer): void {
    if (bytes?.byteLength === SPARE_BYTES) this.#spare = bytes;
    const settled = this.#inFlight;
    this.#inFlight = [];
    this.#schedule();
    if (failure === undefined) {
      for (const { resolve } of settled) resolve();
      return;
    }
    const code = failure.isDiskFull ? 'full' : 'unavailable';
    const error = new EventLogError(code, `the records could not be stored: ${failure.message}`);
    for (const { reject } of settled) reject(error);
  }
}
