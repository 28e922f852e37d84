import { statfs } from 'node:fs/promises';
import type { ServiceContext } from '@culprit/runtime';
import type { Admission } from './admission.ts';
import type { IngestConfig } from './config.ts';

const EVERY_MS = 2_000;

/** Refuses everything while there is too little disk: a log that stops half-way through a write helps nobody. */
export class DiskWatch {
  readonly #folder: string;
  readonly #minFreeBytes: number;
  readonly #admission: Admission;
  readonly #logger: ServiceContext['logger'];
  readonly #timer: NodeJS.Timeout;
  #freeBytes: number | undefined;

  constructor(config: IngestConfig, admission: Admission, { logger }: Pick<ServiceContext, 'logger'>) {
    this.#folder = config.log.mode === 'lmdb' ? config.log.folder : config.spool.folder;
    this.#minFreeBytes = config.limits.minFreeBytes;
    this.#admission = admission;
    this.#logger = logger;
    void this.#check();
    this.#timer = setInterval(() => void this.#check(), EVERY_MS);
  }

  /** Undefined until it was looked at. */
  get freeBytes(): number | undefined {
    return this.#freeBytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(this.#folder);
      const freeBytes = bavail * bsize;
      const isFull = freeBytes < this.#minFreeBytes;
      if (isFull !== this.#admission.isDiskFull) this.#logger.warn({ isFull, freeBytes }, 'disk space');
      this.#admission.setDiskFull(isFull);
      this.#freeBytes = freeBytes;
    } catch (err) {
      this.#logger.warn({ err }, 'disk space cannot be read');
    }
  }
}
