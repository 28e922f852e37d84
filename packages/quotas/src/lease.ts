import type { Window } from './window.ts';

/** So much per window for all processes together. */
export interface Allowance {
  readonly id: string;
  readonly limit: number;
  /** Length of a window. */
  readonly seconds: number;
}

/** A wish for some of an allowance; negative: what is given back. */
export interface Ask {
  readonly id: string;
  readonly limit: number;
  readonly window: Window;
  readonly amount: number;
}

export interface Grant {
  /** From 0 up to what was asked for; negative: what was taken back. */
  readonly amount: number;
  /** What all processes together have by now. */
  readonly leased: number;
}

/** Whether the place where shares are leased can be asked, as far as the process knows. */
export interface Contact {
  readonly isAway: boolean;
  /** Unix milliseconds: the last time it answered. */
  readonly heardAt: number;
}

/** A slice is this part of a limit: what a process may owe at most, until it hears more. */
const SLICES = 10;
/** A burst of so many is not refused only because nobody was asked yet, however small the limit. */
const LEAST_SLICE = 5;
/** A portion is this part of a limit. */
const PORTIONS = 20;

/** What a process may spend of a limit before it is granted. */
export function sliceOf(limit: number): number {
  return Math.max(Math.ceil(limit / SLICES), Math.min(limit, LEAST_SLICE));
}

/** A process takes two of these at a time, as long as it does not know how much it needs. */
export function portionOf(limit: number): number {
  return Math.ceil(limit / PORTIONS);
}

/** How much more than the limit so many processes may accept in a window, at most, of items that count one each. */
export function overshootBound(processes: number, limit: number): number {
  return processes * sliceOf(limit);
}
