/** A body that is coming in. */
export interface Reading {
  /** Ends it, and gives its memory back at once. */
  giveUp(): void;
}

/** Milliseconds that a body may take even when others wait for its place: far longer than one of a sender that means well. */
const UNDISTURBED_MS = 1_000;

/**
 * Bounds what one worker holds at once: requests, and bytes of their bodies. When there is no more room, the body that has been coming in for
 * longest gives up its place; when none is slow, what is new is refused with 503.
 */
export class Admission {
  readonly #readings = new Map<Reading, number>();
  readonly #maxRequests: number;
  readonly #maxBytes: number;
  #requests = 0;
  #bytes = 0;
  #diskFull = false;

  constructor(limits: { readonly inflightRequests: number; readonly inflightBytes: number }) {
    this.#maxRequests = limits.inflightRequests;
    this.#maxBytes = limits.inflightBytes;
  }

  get requests(): number {
    return this.#requests;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** So much is going on that nothing optional should be begun. */
  get isBusy(): boolean {
    return this.#requests > this.#maxRequests / 2 || this.#bytes > this.#maxBytes / 2;
  }

  get isDiskFull(): boolean {
    return this.#diskFull;
  }

  setDiskFull(full: boolean): void {
    this.#diskFull = full;
  }

  /** A request comes in; false when there are too many. Pair with `leave`. */
  enter(): boolean {
    if (this.#requests >= this.#maxRequests && !this.#giveUpSlowest()) return false;
    this.#requests++;
    return true;
  }

  leave(): void {
    this.#requests--;
  }

  /** Reserves memory; false when there is too little left. Pair with `release`. */
  reserve(bytes: number): boolean {
    while (this.#bytes + bytes > this.#maxBytes) {
      if (bytes > this.#maxBytes || !this.#giveUpSlowest()) return false;
    }
    this.#bytes += bytes;
    return true;
  }

  /** A body begins to come in. Pair with `endReading`. */
  beginReading(reading: Reading): void {
    this.#readings.set(reading, performance.now());
  }

  endReading(reading: Reading): void {
    this.#readings.delete(reading);
  }

  #giveUpSlowest(): boolean {
    for (const [reading, since] of this.#readings) {
      if (performance.now() - since < UNDISTURBED_MS) return false;
      this.#readings.delete(reading);
      reading.giveUp();
      return true;
    }
    return false;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}
