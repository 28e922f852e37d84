import type { EventLog, StoredRecord } from '@culprit/event-log';
import { BATCH_LIMITS } from '../consumer.ts';
import type { ProcessorContext } from '../context.ts';
import { positionList } from './verify.ts';

/** Offsets of a partition that are still in the log below the committed position: from `start` to before `end`. */
export interface CommittedStretch {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** What is committed and still in the log, by partition. */
export async function committedStretches(
  log: EventLog,
  { database, topic }: ProcessorContext,
): Promise<readonly CommittedStretch[]> {
  const positions = await positionList(database, topic, log.partitions);
  return (await log.lag()).map(({ partition, start }) => ({
    partition,
    start,
    end: positions[partition] ?? 0,
  }));
}

/** The records of a stretch in order, a batch at a time. */
export async function* recordsOf(
  log: EventLog,
  { partition, start, end }: CommittedStretch,
): AsyncGenerator<readonly StoredRecord[]> {
  for (let from = start; from < end; ) {
    const records = (await log.read(partition, from, BATCH_LIMITS)).filter(({ offset }) => offset < end);
    const last = records.at(-1);
    if (last === undefined) return;
    from = last.offset + 1;
    yield records;
  }
}
