import { refuse } from './errors.ts';

interface Waiter {
  start(): void;
  readonly signal: AbortSignal;
}

/** Lets `width` tasks run at a time and at most `maxWaiting` wait, first come first served. */
export class Lane {
  readonly name: string;
  readonly #width: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiter>();
  #running = 0;

  constructor(options: { name: string; width: number; maxWaiting: number }) {
    this.name = options.name;
    this.#width = options.width;
    this.#maxWaiting = options.maxWaiting;
  }

  get running(): number {
    return this.#running;
  }

  /**
   * Runs the task when it is its turn.
   *
   * @throws QueryError TOO_MANY_SIMULTANEOUS_QUERIES (503) when the queue is full; QUERY_WAS_CANCELLED when the signal
   *   aborts before the turn comes (the task then never starts).
   */
  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw cancelled();
    if (this.#running >= this.#width) await this.#turn(signal);
    else this.#running += 1;
    try {
      return await task();
    } finally {
      this.#next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) {
      return Promise.reject(
        refuse(
          'TOO_MANY_SIMULTANEOUS_QUERIES',
          `Too many simultaneous queries (${this.name}): ${this.#width} run and ${this.#waiting.size} wait.`,
        ),
      );
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(waiter);
        reject(cancelled());
      };
      const waiter: Waiter = {
        signal,
        start: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** Hands the place on; `#running` stays as it is when somebody takes it. */
  #next(): void {
    for (const waiter of this.#waiting) {
      this.#waiting.delete(waiter);
      waiter.start();
      return;
    }
    this.#running -= 1;
  }
}

function cancelled(): Error {
  return refuse('QUERY_WAS_CANCELLED', 'Query was cancelled before it started.');
}
