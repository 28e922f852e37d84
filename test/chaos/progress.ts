import { join } from 'node:path';
import { openEventLog } from '@culprit/event-log';
import { createDatabase, sql } from '@culprit/postgres';
import { type LocalStack, waitFor } from './local-stack.ts';

interface Positions {
  readonly byPartition: ReadonlyMap<number, number>;
  readonly plans: number;
}

/** Records committed so far, over all partitions. */
export async function committed(stack: LocalStack): Promise<number> {
  const { byPartition } = await positions(stack);
  return [...byPartition.values()].reduce((sum, next) => sum + next, 0);
}

/** Resolves when every record of the log is committed. Nothing may be sent any more. */
export async function untilEmpty(stack: LocalStack): Promise<void> {
  const log = await openEventLog({
    mode: 'lmdb',
    folder: join(stack.folder, 'log'),
    topic: 'events',
    partitions: 4,
  });
  try {
    await waitFor(
      'an empty log',
      async () => {
        const { byPartition, plans } = await positions(stack);
        const lag = await log.lag();
        return (
          (plans === 0 && lag.every(({ partition, end }) => (byPartition.get(partition) ?? 0) >= end)) ||
          undefined
        );
      },
      180_000,
    );
  } finally {
    await log.close();
  }
}

async function positions(stack: LocalStack): Promise<Positions> {
  const database = createDatabase({ url: (await stack.run()).databaseUrl, applicationName: 'chaos', max: 1 });
  try {
    const rows = await database.many<{ partition: number; next: string }>(
      sql`select partition, next from log_positions`,
    );
    const { plans } = await database.one<{ plans: number }>(
      sql`select count(*)::int as plans from batch_plans`,
    );
    return { byPartition: new Map(rows.map((row) => [row.partition, Number(row.next)])), plans };
  } finally {
    await database.close();
  }
}
