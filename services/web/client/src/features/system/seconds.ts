import { formatCount } from '../../format/numbers.ts';

/** `<1`, `12`, `3,600`. */
export function formatSeconds(seconds: number): string {
  return seconds > 0 && seconds < 1 ? '<1' : formatCount(Math.round(seconds));
}
