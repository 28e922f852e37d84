/** Holds the first append that waits for a moment, so that others join it: a request costs much the same for one record as for many. */
export class Linger {
  readonly #milliseconds: number;
  readonly #enoughBytes: number;
  readonly #send: () => void;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;

  /** `send` is called after `milliseconds`, or soon when `enoughBytes` wait. */
  constructor(options: {
    readonly milliseconds: number;
    readonly enoughBytes: number;
    readonly send: () => void;
  }) {
    this.#milliseconds = options.milliseconds;
    this.#enoughBytes = options.enoughBytes;
    this.#send = options.send;
  }

  /** To be called when something waits. */
  schedule(waitingBytes: number): void {
    // Not before the turn of the event loop is over: appends made together go together.
    if (waitingBytes >= this.#enoughBytes) this.#soon ??= setImmediate(() => this.#end());
    else this.#timer ??= setTimeout(() => this.#end(), this.#milliseconds);
  }

  cancel(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#soon = undefined;
  }

  #end(): void {
    this.cancel();
    this.#send();
  }
}
