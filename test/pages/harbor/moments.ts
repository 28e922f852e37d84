import type { Point } from '@culprit/api';

/** The story's present: Friday, 20 November 2026, 15:06 UTC. */
export const NOW = Date.parse('2026-11-20T15:06:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export function at(text: string): string {
  return new Date(text).toISOString();
}

export function ago(milliseconds: number): string {
  return new Date(NOW - milliseconds).toISOString();
}

/** Numbers from 0 to 1 that are the same on every run. */
export function noiseOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Events per interval up to now; `count` is told each bin's start. */
export function pointsOf(periodMs: number, interval: number, count: (start: number) => number): Point[] {
  const step = interval * 1_000;
  const from = Math.floor((NOW - periodMs) / step) * step + step;
  const points: Point[] = [];
  for (let start = from; start <= NOW; start += step) points.push([start / 1_000, Math.round(count(start))]);
  return points;
}
