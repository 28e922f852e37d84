import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog, PartitionHandler, PartitionLag, ReadLimits, StoredRecord } from '@culprit/event-log';
import {
  backOff,
  FIRST_ATTEMPT,
  isPassing,
  isStarvation,
  nextAttempt,
  SettleError,
} from './batch/attempt.ts';
import type { DuplicateFilter } from './batch/duplicate-filter.ts';
import { loadDuplicateFilter } from './batch/duplicates.ts';
import type { Plan } from './batch/plan.ts';
import { prepare } from './batch/prepare.ts';
import { receivedOf } from './batch/read-record.ts';
import { type Settled, settle } from './batch/settle.ts';
import { findStoredAhead } from './batch/stored-ahead.ts';
import type { ProcessorContext } from './context.ts';
import { someBelongTo } from './own-records.ts';
import { readPlan } from './store/plans.ts';
import { readPosition } from './store/positions.ts';

/** A batch: at most this many records and bytes (architecture: one block of one part per table). */
export const BATCH_LIMITS: ReadLimits = { maxRecords: 500, maxBytes: 8 * 1024 * 1024 };

interface PartitionState {
  readonly filter: DuplicateFilter;
  /** An unfinished plan may lie there: always after a claim or a failure. */
  mayHavePlan: boolean;
  /** Offsets up to this one may have rows that no plan accounts for; −1: none. */
  readonly storedUntil: number;
  /** Where this process left the position. */
  next: number;
}

/** The event log was lost or replaced by an older copy. Nothing of the partition is processed until a person has decided. */
export class LogBehindPosition extends Error {
  readonly code = 'log_behind_position';
  constructor(partition: number, position: number, end: number) {
    super(
      `partition ${partition} of the event log ends at ${end}, but ${position} records of it were committed: restore the log folder`,
    );
    this.name = 'LogBehindPosition';
  }
}

/** The log has dropped records that nobody has processed: its retention was too short for how long processing stood still. */
export class LogStartPassedPosition extends Error {
  readonly code = 'log_start_passed_position';
  constructor(partition: number, position: number, start: number) {
    super(
      `partition ${partition} of the event log starts at ${start}, and records from ${position} on were not processed: they are gone from the log (culprit log accept-loss)`,
    );
    this.name = 'LogStartPassedPosition';
  }
}

/** @throws LogBehindPosition, LogStartPassedPosition where the log does not have the record at the position and never will. */
export function demandReadable(
  log: Pick<EventLog, 'dropsUnread'>,
  { partition, start, end }: PartitionLag,
  position: number,
): void {
  if (end < position) throw new LogBehindPosition(partition, position, end);
  if (log.dropsUnread === true && start > position) {
    throw new LogStartPassedPosition(partition, position, start);
  }
}

/** Waits some milliseconds or until the signal aborts, which rejects. */
export type Wait = (milliseconds: number, signal: AbortSignal) => Promise<void>;

const waitFor: Wait = async (milliseconds, signal) => {
  await delay(milliseconds, undefined, { signal });
};

/** Settles the records of the partitions that this process owns. */
export class BatchHandler implements PartitionHandler {
  readonly #context: ProcessorContext;
  readonly #log: EventLog;
  readonly #wait: Wait;
  readonly #states = new Map<number, PartitionState>();
  readonly #owned = new Set<number>();

  constructor(log: EventLog, context: ProcessorContext, wait: Wait = waitFor) {
    this.#log = log;
    this.#context = context;
    this.#wait = wait;
  }

  /** Partitions that were claimed and not released, also those whose log or position cannot be read. */
  get owned(): ReadonlySet<number> {
    return this.#owned;
  }

  async positionOf(partition: number): Promise<number> {
    this.#owned.add(partition);
    const { database, topic } = this.#context;
    const position = await readPosition(database, topic, partition, this.#log.firstOffset);
    await this.#demandLogReaches(partition, position);
    const state = this.#states.get(partition);
    if (state?.next === position) {
      state.mayHavePlan = true;
    } else {
      // Never claimed, or somebody else was here meanwhile: what is known of recent ids is not all there is.
      this.#states.set(partition, await this.#claimed(partition, position));
      this.#context.metrics.partitions.set(this.#states.size);
    }
    return position;
  }

  /** A log that ends before the position is an older copy or another log: offsets would be given twice, and what is appended now never be read. One that starts above it has lost records. */
  async #demandLogReaches(partition: number, position: number): Promise<void> {
    const lag = (await this.#log.lag()).find((of) => of.partition === partition);
    demandReadable(this.#log, { partition, start: 0, end: 0, ...lag }, position);
  }

  async #claimed(partition: number, position: number): Promise<PartitionState> {
    const { database, topic, logger } = this.#context;
    const plan = await readPlan(database, topic, partition);
    const storedUntil = await findStoredAhead(partition, position, plan?.last, this.#context);
    const oldest = await this.#oldestWaiting(partition, position);
    const filter = await loadDuplicateFilter(partition, this.#log.partitions, oldest, this.#context);
    logger.info({ partition, position, recentIds: filter.size }, 'partition claimed');
    return { filter, mayHavePlan: true, storedUntil, next: position };
  }

  /** When the record at the position was received, unix milliseconds; now, when none waits or it cannot be read. */
  async #oldestWaiting(partition: number, position: number): Promise<number> {
    const now = this.#context.clock.now();
    const [record] = await this.#log.read(partition, position, { maxRecords: 1, maxBytes: 1 });
    const received = record === undefined ? undefined : receivedOf(record.value);
    return Math.min(now, received ?? now);
  }

  released(partition: number): void {
    this.#owned.delete(partition);
    this.#states.delete(partition);
    this.#context.metrics.partitions.set(this.#states.size);
  }

  async handle(
    partition: number,
    position: number,
    records: readonly StoredRecord[],
    claim: AbortSignal,
  ): Promise<number> {
    const { selfReport, metrics } = this.#context;
    metrics.batchRecords.observe(records.length);
    metrics.batchBytes.observe(records.reduce((sum, { value }) => sum + value.length, 0));
    const settle = () => this.#settleAll(partition, position, records, claim);
    // An error of ours that came of an error of ours would be another error of ours.
    const isOwn = selfReport !== undefined && someBelongTo(selfReport.projectId, records);
    return isOwn ? selfReport.duringOwnWork(settle) : settle();
  }

  async #settleAll(
    partition: number,
    position: number,
    records: readonly StoredRecord[],
    claim: AbortSignal,
  ): Promise<number> {
    const state = this.#states.get(partition);
    if (state === undefined) throw new Error('the partition was not claimed');
    const { metrics } = this.#context;
    let attempt = FIRST_ATTEMPT;
    for (;;) {
      claim.throwIfAborted();
      try {
        const settled = await this.#settle(partition, position, records, state, attempt);
        state.mayHavePlan = settled.isPlanLeft;
        state.next = settled.next;
        metrics.batches.inc({ result: 'committed' });
        return settled.next;
      } catch (error) {
        state.mayHavePlan = true;
        if (!(error instanceof SettleError) || isPassing(error.cause)) {
          metrics.batches.inc({ result: 'put_off' });
          throw error;
        }
        const { step, size, cause: err } = error;
        attempt = nextAttempt(attempt, error);
        metrics.halvings.inc({ step });
        this.#context.logger.warn({ err: nameOf(err), partition, position, step, size }, 'batch failed');
        if (isStarvation(err)) await this.#wait(backOff(attempt.starved), claim);
      }
    }
  }

  async #settle(
    partition: number,
    position: number,
    records: readonly StoredRecord[],
    state: PartitionState,
    attempt: typeof FIRST_ATTEMPT,
  ): Promise<Settled> {
    const { database, topic, metrics } = this.#context;
    const unfinished = state.mayHavePlan ? await readPlan(database, topic, partition) : undefined;
    if (unfinished !== undefined && unfinished.first < position) {
      throw new Error('an unfinished plan lies below the position');
    }
    const own =
      unfinished === undefined
        ? records.slice(0, attempt.cap)
        : await this.#recordsOf(partition, unfinished, records);
    const endPrepare = metrics.batchSeconds.startTimer({ step: 'prepare' });
    const items = await prepare(own, this.#context, { isWhole: unfinished !== undefined });
    endPrepare();
    const endSettle = metrics.batchSeconds.startTimer({ step: 'settle' });
    const settled = await settle(
      { partition, position, items, unfinished, filter: state.filter, storedUntil: state.storedUntil },
      attempt,
      this.#context,
    );
    endSettle();
    return settled;
  }

  /** The records of a plan: from what was handed over, and from the log where the plan is longer. */
  async #recordsOf(
    partition: number,
    plan: Plan,
    records: readonly StoredRecord[],
  ): Promise<readonly StoredRecord[]> {
    const own = records.filter(({ offset }) => offset >= plan.first && offset <= plan.last);
    while ((own.at(-1)?.offset ?? -1) < plan.last) {
      const from = own.length === 0 ? plan.first : (own.at(-1)?.offset ?? 0) + 1;
      const more = await this.#log.read(partition, from, BATCH_LIMITS);
      const wanted = more.filter(({ offset }) => offset <= plan.last);
      if (wanted.length === 0) throw new Error('records of an unfinished plan are not in the log');
      own.push(...wanted);
    }
    return own;
  }
}

/** Name and code: the message may quote an event. */
function nameOf(error: unknown): { readonly type: string; readonly code: unknown } {
  return {
    type: error instanceof Error ? error.name : typeof error,
    code: (error as { code?: unknown } | undefined)?.code,
  };
}
