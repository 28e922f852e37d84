import { verifyPassword } from '@culprit/accounts';
import { Refusal } from '../refusal.ts';

/** Each verification takes 32 MiB and a quarter of a second of one thread. */
const MOST_RUNNING = 2;
const MOST_WAITING = 32;

/** Verifies passwords a few at a time, so that a flood of logins takes neither the memory nor the threads. */
export class PasswordGate {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @throws Refusal 503 when too many wait. */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    await this.#enter();
    try {
      return await verifyPassword(password, stored);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running < MOST_RUNNING) {
      this.#running++;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING) throw new Refusal(503, { detail: 'Too many logins at once' });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
