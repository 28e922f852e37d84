import type { Level } from '@culprit/protocol';

const LEVELS: ReadonlyMap<unknown, Level> = new Map<unknown, Level>([
  ['debug', 'debug'],
  ['info', 'info'],
  ['log', 'info'],
  ['warning', 'warning'],
  ['error', 'error'],
  ['fatal', 'fatal'],
  ['critical', 'fatal'],
  [10, 'debug'],
  [20, 'info'],
  [30, 'warning'],
  [40, 'error'],
  [50, 'fatal'],
]);

/** A level by its exact name, an alias, or the number of Python's logging; undefined for anything else. */
export function parseLevel(value: unknown): Level | undefined {
  return LEVELS.get(value);
}
