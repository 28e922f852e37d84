import { logEnvironment, openConfiguredLog } from '@culprit/event-log';
import { createDatabase, sql } from '@culprit/postgres';
import { parseConfig } from '@culprit/runtime';
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

/** Resolves when every record of the spool and of the log is committed. Nothing may be sent any more. */
export async function untilEmpty(stack: LocalStack): Promise<void> {
  const variables = { ...(await stack.run()).log, CULPRIT_DATA: stack.folder };
  await waitFor('an empty spool', async () => (await spooled(stack)) === 0 || undefined, 180_000);
  const log = await openConfiguredLog(parseConfig(logEnvironment, variables).log);
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

/** Records that wait for Kafka; none where there is no spool. */
async function spooled(stack: LocalStack): Promise<number> {
  const port = (await stack.run()).processes.ingest?.facts?.operationsPort;
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const figures = [...metrics.matchAll(/^culprit_ingest_spool_(?:refused_)?records(?:\{[^}]*\})? (\d+)$/gm)];
  return figures.reduce((sum, [, figure]) => sum + Number(figure), 0);
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
