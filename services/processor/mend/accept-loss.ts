import type { EventLog } from '@culprit/event-log';
import { receivedOf } from '../batch/read-record.ts';
import type { ProcessorContext } from '../context.ts';
import { insertLogLoss } from '../store/log-losses.ts';
import { deletePlansBelow, readPlan } from '../store/plans.ts';
import { advancePosition, readPositionTimes } from '../store/positions.ts';

/** Records of a partition that the log has dropped and nobody has processed. */
export interface Loss {
  readonly partition: number;
  /** The position: offset of the first record that is gone. */
  readonly first: number;
  /** Where the log starts now. */
  readonly next: number;
  /** When the position moved last. */
  readonly committedAt: Date;
  /** When ingest received the oldest record that is left; undefined when none is or it cannot be read. */
  readonly oldestLeft: Date | undefined;
  /** An unfinished batch that begins among those that are gone. */
  readonly plan: { readonly records: number; readonly last: number } | undefined;
}

type LossContext = Pick<ProcessorContext, 'clock' | 'database' | 'topic'>;

/** The position or the log's start is not where it was when the loss was looked at. */
export class LossChanged extends Error {
  readonly code = 'loss_changed';
}

/** Partitions that stand still because records at their position are gone. */
export async function findLosses(
  log: Pick<EventLog, 'lag' | 'read'>,
  { database, topic }: LossContext,
): Promise<readonly Loss[]> {
  const positions = await readPositionTimes(database, topic);
  const losses: Loss[] = [];
  for (const { partition, start } of await log.lag()) {
    const position = positions.get(partition);
    if (position === undefined || position.next >= start) continue;
    const plan = await readPlan(database, topic, partition);
    losses.push({
      partition,
      first: position.next,
      next: start,
      committedAt: position.updatedAt,
      oldestLeft: await receivedAt(log, partition, start),
      plan: plan && { records: plan.decisions.length, last: plan.last },
    });
  }
  return losses;
}

/**
 * Gives the records up: the position moves to where the log starts, and what was lost stays noted. A plan that begins among them goes; what ClickHouse has of it
 * already is counted by `verify` with `repair`, and what the log still has of it is planned again.
 *
 * @throws LossChanged
 */
export async function acceptLoss(
  { partition, first, next }: Loss,
  acceptedBy: string,
  { database, topic, clock }: LossContext,
): Promise<void> {
  await database.transaction(async (tx) => {
    if (!(await advancePosition(tx, topic, partition, first, next))) {
      throw new LossChanged(`partition ${partition} is not at ${first} any more`);
    }
    await deletePlansBelow(tx, topic, partition, next);
    const acceptedAt = new Date(clock.now());
    await insertLogLoss(tx, { topic, partition, first, next, acceptedAt, acceptedBy });
  });
}

async function receivedAt(
  log: Pick<EventLog, 'read'>,
  partition: number,
  offset: number,
): Promise<Date | undefined> {
  const [record] = await log.read(partition, offset, { maxRecords: 1, maxBytes: 1 });
  if (record === undefined) return undefined;
  const received = receivedOf(record.value);
  // One that does not say when it was received becomes a dead letter.
  return received === undefined ? undefined : new Date(received);
}
