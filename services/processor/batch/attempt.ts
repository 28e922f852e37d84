import { isMemoryLimit, isTransient as isTransientInClickHouse } from '@culprit/clickhouse';
import { reasonOf } from '@culprit/pipeline';
import { isTransient as isTransientInPostgres } from '@culprit/postgres';

/** Where a batch failed: decides how it is halved. */
export type SettleStep = 'plan' | 'store' | 'commit';

/** A failure of one step over `size` records; `cause` is what the store said. */
export class SettleError extends Error {
  readonly code = 'settle';
  readonly step: SettleStep;
  readonly size: number;
  constructor(step: SettleStep, size: number, cause: unknown) {
    super(`${step} failed`, { cause });
    this.step = step;
    this.size = size;
  }
}

/** What was learnt from earlier tries at the same position. */
export interface Attempt {
  /** At most this many records. */
  readonly cap: number;
  /** The step that failed last; undefined at the first try. */
  readonly failed: SettleStep | undefined;
  /** The one record that is left shall become a dead letter, for this reason. */
  readonly condemned: string | undefined;
  /** Tries in a row that failed for want of resources. */
  readonly starved: number;
}

export const FIRST_ATTEMPT: Attempt = {
  cap: Number.MAX_SAFE_INTEGER,
  failed: undefined,
  condemned: undefined,
  starved: 0,
};

/** How often a batch is tried again unchanged when ClickHouse lacks memory or has too many parts, before it is halved. */
export const STARVED_TRIES = 5;
/** The same for a record that is alone: about a minute of back-off, so that a store in trouble does not turn good events away. */
export const STARVED_TRIES_ALONE = 14;

const TOO_MANY_PARTS = '252';

/** Memory or parts: passes by itself when the store is in trouble, stays when one record is to blame. Only time tells which. */
export function isStarvation(error: unknown): boolean {
  return isMemoryLimit(error) || (error as { code?: unknown } | undefined)?.code === TOO_MANY_PARTS;
}

/** What passes by itself: the whole batch is tried again later, for as long as it takes. */
export function isPassing(error: unknown): boolean {
  return !isStarvation(error) && (isTransientInPostgres(error) || isTransientInClickHouse(error));
}

/** Milliseconds before try n+1 of a starved batch. */
export function backOff(starved: number): number {
  return Math.min(100 * 2 ** starved, 5_000);
}

/**
 * What to try after a failure that is nobody's passing trouble: halve until the culprit is alone, then make it a dead letter.
 *
 * @throws the failure itself when even the dead letter could not be settled.
 */
export function nextAttempt(attempt: Attempt, failure: SettleError): Attempt {
  if (attempt.condemned !== undefined) throw failure;
  const { step, size, cause } = failure;
  if (isStarvation(cause) && attempt.starved < (size === 1 ? STARVED_TRIES_ALONE : STARVED_TRIES)) {
    return { ...attempt, failed: step, starved: attempt.starved + 1 };
  }
  if (size > 1) return { cap: size >> 1, failed: step, condemned: undefined, starved: 0 };
  return { cap: 1, failed: step, condemned: reasonOf(cause), starved: 0 };
}
