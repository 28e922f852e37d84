import type { Ask, Grant } from '../src/index.ts';

/** The table in PostgreSQL, as simply as can be: what was leased of each window. */
export class LeaseTable {
  readonly #leased = new Map<string, number>();

  /** Of all windows. */
  get leased(): number {
    return [...this.#leased.values()].reduce((sum, amount) => sum + amount, 0);
  }

  lease({ id, window, amount, limit }: Ask): Grant {
    const key = `${id} ${window.start}`;
    const before = this.#leased.get(key) ?? 0;
    const granted = amount < 0 ? Math.max(amount, -before) : Math.max(0, Math.min(amount, limit - before));
    this.#leased.set(key, before + granted);
    return { amount: granted, leased: before + granted };
  }
}
