import { createStore, type Store } from './store.ts';

/** Whether the server is reached, told by what requests meet. */
export interface Connection {
  /** Unix milliseconds since when it is lost; undefined while all is well. */
  readonly lostSince: Store<number | undefined>;
  answered(): void;
  failed(): void;
}

export function createConnection(now: () => number): Connection {
  const lostSince = createStore<number | undefined>(undefined);
  return {
    lostSince,
    answered: () => lostSince.set(undefined),
    failed: () => lostSince.set(lostSince.get() ?? now()),
  };
}
