/** Bounds what one worker holds at once: requests, and bytes of their bodies. Both are refused with 503 beyond it. */
export class Admission {
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
    if (this.#requests >= this.#maxRequests) return false;
    this.#requests++;
    return true;
  }

  leave(): void {
    this.#requests--;
  }

  /** Reserves memory; false when there is too little left. Pair with `release`. */
  reserve(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}
