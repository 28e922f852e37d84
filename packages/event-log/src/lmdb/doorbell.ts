import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AppendSignal } from '../batch-source.ts';

/** Longest wait for a reader whose doorbell stays silent: a writer can be killed between its commit and the ring. */
const LOOK_ANYWAY_MS = 1000;
/** Where the system gives no file notifications (inotify limits), readers look this often. */
const POLL_MS = 20;
const ONE_BYTE = Buffer.from('.');

/**
 * Wakes the readers of a partition, in this process and in others: writers overwrite one byte of a file after each commit,
 * readers get a file notification. Measured: woken in about 1 ms, and an idle reader uses no CPU, which polling the last key
 * every 20 ms did not reach (0.5 % of a core).
 */
export class Doorbell implements AppendSignal {
  readonly #path: string;
  readonly #fd: number;
  readonly #sleepers = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #isWatchTried = false;
  #generation = 0;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  }

  get generation(): number {
    return this.#generation;
  }

  /** Wakes every reader. Nothing durable hangs on it, so it is not synced. */
  ring(): void {
    writeSync(this.#fd, ONE_BYTE, 0, 1, 0);
    this.#notice();
  }

  async wait(seen: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const startsNow = this.#startWatching();
    if (startsNow || this.#generation !== seen || signal.aborted) return;
    const longest = this.#watcher === undefined ? POLL_MS : LOOK_ANYWAY_MS;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(timeoutMs, longest));
      signal.addEventListener('abort', wake);
      this.#sleepers.add(wake);
    });
  }

  close(): void {
    this.#watcher?.close();
    this.#notice();
    closeSync(this.#fd);
  }

  /** True when it begins only now: what was rung before went unnoticed, so the caller has to read once more. */
  #startWatching(): boolean {
    if (this.#isWatchTried) return false;
    this.#isWatchTried = true;
    try {
      this.#watcher = watch(this.#path, { persistent: false }, () => this.#notice());
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined;
      });
    } catch {
      this.#watcher = undefined;
    }
    return true;
  }

  #notice(): void {
    this.#generation += 1;
    for (const wake of [...this.#sleepers]) wake();
  }
}

/** The file of a partition's doorbell. */
export function doorbellPath(folder: string, partition: number): string {
  return join(folder, `doorbell-${partition}`);
}
