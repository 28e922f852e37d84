import type { EventLog } from '@culprit/event-log';
import type { ProcessorContext } from './context.ts';
import { countPlans } from './store/plans.ts';
import { readPositions } from './store/positions.ts';

/** The topic after another: `events`, `events-2`, `events-3`. */
export function nextTopicOf(topic: string): string {
  const [, stem = topic, number = '1'] = /^(.*?)-(\d{1,6})$/.exec(topic) ?? [];
  return `${stem}-${Number(number) + 1}`;
}

/** What is left to do in a log that gets no more records, and where the one after it may begin: above every offset that it gave. */
export async function waitingIn(
  log: EventLog,
  { database, topic }: Pick<ProcessorContext, 'database' | 'topic'>,
): Promise<{ readonly records: number; readonly plans: number; readonly firstOffset: number }> {
  const positions = await readPositions(database, topic);
  let records = 0;
  let firstOffset = Math.max(log.firstOffset ?? 0, ...positions.values());
  for (const { partition, start, end } of await log.lag()) {
    records += Math.max(0, end - Math.max(start, positions.get(partition) ?? 0));
    firstOffset = Math.max(firstOffset, end);
  }
  return { records, plans: await countPlans(database, topic), firstOffset };
}
