import type { Clock } from '@culprit/runtime';

const EVERY_MS = 10_000;

/**
 * Passes the first failure on, and after ten seconds the next one, with the number of those in between: while nothing can be stored every
 * request fails, and the full disk may be the one that holds the logs.
 */
export function seldom(clock: Clock, tell: (err: unknown, untold: number) => void): (err: unknown) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let untold = 0;
  return (err) => {
    const now = clock.now();
    if (Math.abs(now - toldAt) < EVERY_MS) {
      untold++;
      return;
    }
    toldAt = now;
    tell(err, untold);
    untold = 0;
  };
}
