import type { Clock } from '@culprit/runtime';

export interface ManualClock extends Clock {
  advance(ms: number): void;
  set(unixMs: number): void;
}

/** A clock that stands still until it is moved. Unix milliseconds. */
export function manualClock(start: number = Date.UTC(2026, 10, 20, 12)): ManualClock {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    set: (unixMs) => {
      now = unixMs;
    },
  };
}
