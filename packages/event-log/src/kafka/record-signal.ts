import type { AppendSignal } from '../batch-source.ts';

/** Tells readers in this process that records have come. */
export class RecordSignal implements AppendSignal {
  readonly #sleepers = new Set<() => void>();
  #generation = 0;

  get generation(): number {
    return this.#generation;
  }

  ring(): void {
    this.#generation += 1;
    for (const wake of [...this.#sleepers]) wake();
  }

  async wait(seen: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#generation !== seen || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake);
      this.#sleepers.add(wake);
    });
  }
}
