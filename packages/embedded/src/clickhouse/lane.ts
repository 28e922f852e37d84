import { refuse } from './errors.ts';

interface Waiter {
  start(): void;
  refuse(): void;
}

/** Lets `width` tasks run at a time and at most `maxWaiting` wait, first come first served. */
export class Lane {
  readonly name: string;
  readonly #width: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiter>();
  readonly #idle: (() => void)[] = [];
  #running = 0;
  #closed = false;

  constructor(options: { name: string; width: number; maxWaiting: number }) {
    this.name = options.name;
    this.#width = options.width;
    this.#maxWaiting = options.maxWaiting;
  }

  /**
   * Runs the task when it is its turn.
   *
   * @throws QueryError TOO_MANY_SIMULTANEOUS_QUERIES (503) when the queue is full; QUERY_WAS_CANCELLED when the signal
   *   aborts before the turn comes (the task then never starts).
   */
  async run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    if (signal.aborted || this.#closed) throw cancelled();
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
        refuse: onAbort,
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
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Refuses who waits and who comes. */
  refuseAll(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiting]) waiter.refuse();
  }

  /** Resolves when nothing runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }
}

function cancelled(): Error {
  return refuse('QUERY_WAS_CANCELLED', 'Query was cancelled before it started.');
}
