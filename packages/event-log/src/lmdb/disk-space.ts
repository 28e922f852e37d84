import { statfs } from 'node:fs/promises';
import { EventLogError } from '../event-log.ts';

const CHECK_EVERY_MS = 1000;

/** Refuses appends while a disk has less than `minimumFreeBytes` left; asks the disk at most once a second. */
export class DiskSpace {
  readonly #folder: string;
  readonly #minimumFreeBytes: number;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #freeBytes = 0;
  #checking: Promise<void> | undefined;

  constructor(folder: string, minimumFreeBytes: number) {
    this.#folder = folder;
    this.#minimumFreeBytes = minimumFreeBytes;
  }

  /** @throws EventLogError `full`, `unavailable`. */
  async demand(): Promise<void> {
    if (performance.now() - this.#checkedAt >= CHECK_EVERY_MS) {
      this.#checking ??= this.#check().finally(() => {
        this.#checking = undefined;
      });
      await this.#checking;
    }
    if (this.#freeBytes >= this.#minimumFreeBytes) return;
    throw new EventLogError(
      'full',
      `the disk of the event log has ${this.#freeBytes} bytes left, fewer than the ${this.#minimumFreeBytes} it keeps free`,
    );
  }

  async #check(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      this.#freeBytes = bavail * bsize;
      this.#checkedAt = performance.now();
    } catch (cause) {
      throw new EventLogError('unavailable', 'the disk of the event log does not answer', { cause });
    }
  }
}
