import type { Clock } from '../clock.ts';

const WINDOW_MS = 60_000;
/** Kinds remembered for their repeats; beyond it the window's other kinds are only counted as limited. */
const MOST_KINDS = 1_000;

/** Lets through so many reports a minute, each kind once: a flood of one error leaves room for the others. */
export class Budget {
  readonly #clock: Clock;
  readonly #perMinute: number;
  #windowStart = Number.NEGATIVE_INFINITY;
  #spent = 0;
  /** Of this window: kind → how often it was left out. */
  #kinds = new Map<string, number>();
  #before: ReadonlyMap<string, number> = new Map();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** How often this kind was left out before, or undefined when this one is to be left out, too. */
  take(kind: string): number | undefined {
    const now = this.#clock.now();
    if (now - this.#windowStart >= WINDOW_MS) {
      this.#windowStart = now;
      this.#spent = 0;
      this.#before = this.#kinds;
      this.#kinds = new Map();
    }
    const seen = this.#kinds.get(kind);
    if (seen !== undefined || this.#spent >= this.#perMinute) {
      if (seen !== undefined || this.#kinds.size < MOST_KINDS) this.#kinds.set(kind, (seen ?? 0) + 1);
      return undefined;
    }
    this.#spent++;
    this.#kinds.set(kind, 0);
    return this.#before.get(kind) ?? 0;
  }
}
