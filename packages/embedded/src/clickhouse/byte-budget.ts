import { refuse } from './errors.ts';

/** Bounds the bytes that requests hold in this process's memory, all together. */
export class ByteBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws QueryError TOO_MANY_SIMULTANEOUS_QUERIES (503) when it would be more than the limit. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#limit) {
      throw refuse(
        'TOO_MANY_SIMULTANEOUS_QUERIES',
        `Too many simultaneous queries: their bodies and answers hold ${this.#held} bytes.`,
      );
    }
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
