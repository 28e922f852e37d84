import type { EventLog } from '@culprit/event-log';
import type { Database } from '@culprit/postgres';
import { beginPositions, highestPositionsOfOthers, readPositions } from './store/positions.ts';

/** The log's offsets have been given by another log before. */
export class LogOverlap extends Error {
  readonly code = 'log_overlap';
}

/**
 * Gives a new topic its first positions. Each row that is stored names the offset of its record and not the topic: a log whose offsets another log gave before
 * would find its own records stored already, and skip them.
 *
 * @throws LogOverlap when this log is below one that came after it, or begins below the end of the one before.
 */
export async function beginTopic(log: EventLog, database: Database): Promise<void> {
  const own = await readPositions(database, log.topic);
  const begins = own.size < log.partitions ? await beginsOf(log) : new Map<number, number>();
  const others = await highestPositionsOfOthers(database, log.topic);
  const free = Math.max(0, ...others.map(({ next }) => next));
  for (const other of others) {
    const next = own.get(other.partition) ?? begins.get(other.partition);
    if (next !== undefined && next < other.next) {
      throw new LogOverlap(
        `partition ${other.partition} of ${log.topic} is at ${next}, and ${other.topic} gave the offsets below ${other.next}: ` +
          `go on with ${other.topic}, or begin a new topic with CULPRIT_LOG_FIRST_OFFSET=${free} or higher`,
      );
    }
  }
  await beginPositions(
    database,
    log.topic,
    [...begins].filter(([partition]) => !own.has(partition)),
  );
}

async function beginsOf(log: EventLog): Promise<ReadonlyMap<number, number>> {
  const { firstOffset } = log;
  if (firstOffset === undefined)
    return new Map((await log.lag()).map(({ partition, start }) => [partition, start]));
  return new Map(Array.from({ length: log.partitions }, (_, partition) => [partition, firstOffset]));
}
