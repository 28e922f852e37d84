const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/** Whether it is worth asking: after a failure one caller tries now and then, and the others do not wait for what will not come. */
export class Circuit {
  #pauseMs = 0;
  #nextTryAt = 0;

  get isOpen(): boolean {
    return this.#pauseMs > 0;
  }

  /** True when the caller shall try. */
  mayTry(now: number): boolean {
    if (!this.isOpen) return true;
    if (now < this.#nextTryAt) return false;
    // Until this try has ended, or ought to have, the others do not.
    this.#nextTryAt = now + LONGEST_PAUSE_MS;
    return true;
  }

  succeeded(): void {
    this.#pauseMs = 0;
  }

  failed(now: number): void {
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2));
    this.#nextTryAt = now + this.#pauseMs;
  }
}
