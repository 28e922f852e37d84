import { useSyncExternalStore } from 'react';

/** One clock for all relative times: it runs only while somebody looks. */
export interface Ticker {
  now(): number;
  subscribe(listener: () => void): () => void;
}

export function createTicker(now: () => number): Ticker {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  return {
    now,
    subscribe(listener) {
      listeners.add(listener);
      timer ??= setInterval(() => {
        for (const one of [...listeners]) one();
      }, 1_000);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

/** Now, cut to `step` milliseconds, so that a component renders again only when that changes. */
export function useNow(ticker: Ticker, step: number): number {
  return useSyncExternalStore(ticker.subscribe, () => Math.floor(ticker.now() / step) * step);
}
