import type { Clock } from '@culprit/runtime';

const WINDOW_MS = 10 * 60_000;
const MOST_KEYS = 20_000;
/** Attempts per window. The account's own limit is high, so that a stranger cannot lock a person out from their usual address. */
const LIMITS = { addressAndAccount: 8, address: 40, account: 200 };

interface Window {
  startedAt: number;
  attempts: number;
}

/**
 * Slows guessing: counts attempts per address, per account and per both, in windows of ten minutes. Memory is bounded; when it is full
 * the oldest windows go first. Counts are per process.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Windows remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /** Counts an attempt before the password is looked at. Returns seconds to wait, 0 when it may go on. */
  attempt(address: string, account: string): number {
    const now = this.#clock.now();
    const keys = keysOf(address, account);
    const waits = keys.map(([key, limit]) => {
      const window = this.#windows.get(key);
      if (window === undefined || now - window.startedAt >= WINDOW_MS || window.attempts < limit) return 0;
      return Math.ceil((window.startedAt + WINDOW_MS - now) / 1000);
    });
    const wait = Math.max(...waits);
    if (wait === 0) for (const [key] of keys) this.#count(key, now);
    return wait;
  }

  /** A right password forgives what was typed wrong before, for this address and account. */
  succeeded(address: string, account: string): void {
    for (const [key] of keysOf(address, account)) this.#windows.delete(key);
  }

  #count(key: string, now: number): void {
    const window = this.#windows.get(key);
    if (window !== undefined && now - window.startedAt < WINDOW_MS) {
      window.attempts++;
      return;
    }
    this.#windows.delete(key);
    this.#windows.set(key, { startedAt: now, attempts: 1 });
    if (this.#windows.size > MOST_KEYS) this.#forgetOldest();
  }

  /** A tenth at once: a Map steps over what was deleted at its front each time it is walked. */
  #forgetOldest(): void {
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size <= MOST_KEYS * 0.9) break;
      this.#windows.delete(oldest);
    }
  }
}

function keysOf(address: string, account: string): readonly (readonly [string, number])[] {
  const name = account.slice(0, 320).toLowerCase();
  return [
    [`both ${address} ${name}`, LIMITS.addressAndAccount],
    [`address ${address}`, LIMITS.address],
    [`account ${name}`, LIMITS.account],
  ];
}
