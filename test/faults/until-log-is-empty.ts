import type { EventLog } from '@culprit/event-log';
import { type Database, sql } from '@culprit/postgres';
import { eventually } from '@culprit/testkit';

/** A busy machine may take minutes to get through what a long fault has left, but not through nothing. */
const STANDSTILL_MS = 60_000;

/**
 * Resolves when everything in the log is committed and nothing waits in a spool. Nothing may be sent any more.
 *
 * @throws when nothing has moved for a minute.
 */
export async function untilLogIsEmpty(parts: {
  readonly log: EventLog;
  readonly database: Database;
  /** Records in all spools. */
  readonly spooled: () => Promise<number>;
}): Promise<void> {
  for (let before = await look(parts); !before.isEmpty; ) {
    before = await eventually(
      'the log or the spool gets emptier',
      async () => {
        const now = await look(parts);
        if (now.isEmpty || now.seen !== before.seen) return now;
        throw new Error(now.seen);
      },
      { timeoutMs: STANDSTILL_MS },
    );
  }
}

/** `seen` is another text whenever something has moved. */
async function look({ log, database, spooled }: Parameters<typeof untilLogIsEmpty>[0]) {
  const inSpool = await spooled();
  const positions = await readPositions(database, log.topic);
  const { plans } = await database.one<{ plans: number }>(
    sql`select count(*)::int as plans from batch_plans`,
  );
  const waiting = (await log.lag()).filter(({ partition, end }) => (positions.get(partition) ?? 0) < end);
  return {
    isEmpty: inSpool === 0 && plans === 0 && waiting.length === 0,
    seen: JSON.stringify({ inSpool, plans, waiting, positions: [...positions] }),
  };
}

/** Where each partition is committed up to. */
export async function readPositions(database: Database, topic: string): Promise<ReadonlyMap<number, number>> {
  const rows = await database.many<{ partition: number; next: string }>(
    sql`select partition, next from log_positions where topic = ${topic}`,
  );
  return new Map(rows.map(({ partition, next }) => [partition, Number(next)]));
}

/** What waits in the spool of an ingest. `facts`: what it said when it was ready. */
export function recordsInSpool(facts: Readonly<Record<string, unknown>>): Promise<number> {
  return gaugeOf(facts, 'culprit_ingest_spool_records');
}

/** A gauge without labels of a service. */
export async function gaugeOf(facts: Readonly<Record<string, unknown>>, name: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${facts.operationsPort}/metrics`);
  const line = (await answer.text()).split('\n').find((text) => text.startsWith(`${name} `));
  if (line === undefined) throw new Error(`the service does not say ${name}`);
  return Number(line.split(' ')[1]);
}
