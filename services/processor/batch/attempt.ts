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
  /** Tables whose block was stored for these records before the failure. */
  readonly storedTables: readonly string[];
  constructor(step: SettleStep, size: number, storedTables: readonly string[], cause: unknown) {
    super(`${step} failed`, { cause });
    this.step = step;
    this.size = size;
    this.storedTables = storedTables;
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
  /** Tables whose block was stored for the whole plan at the first try. */
  readonly storedTables: readonly string[];
  /** Tries in a row that failed for want of resources. */
  readonly starved: number;
}

export const FIRST_ATTEMPT: Attempt = {
  cap: Number.MAX_SAFE_INTEGER,
  failed: undefined,
  condemned: undefined,
  storedTables: [],
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
  // Only the first try is about the whole plan; later ones store parts of it.
  const storedTables = attempt.failed === undefined ? failure.storedTables : attempt.storedTables;
  if (isStarvation(cause) && attempt.starved < (size === 1 ? STARVED_TRIES_ALONE : STARVED_TRIES)) {
    return { ...attempt, storedTables, failed: step, starved: attempt.starved + 1 };
  }
  const condemned = size > 1 ? undefined : reasonOf(cause);
  return { cap: Math.max(1, size >> 1), failed: step, condemned, storedTables, starved: 0 };
}
