import { type Queryable, sql } from '@culprit/postgres';

/** Records that the log had dropped before they were processed, and that a person gave up. */
export interface LogLoss {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the first record that was gone. */
  readonly first: number;
  /** Offset at which processing went on. */
  readonly next: number;
  readonly acceptedAt: Date;
  /** Who did it, as far as the machine knows. */
  readonly acceptedBy: string;
}

export async function insertLogLoss(database: Queryable, loss: LogLoss): Promise<void> {
  await database.execute(sql`
    insert into log_losses (topic, partition, first, next, accepted_at, accepted_by)
    values (${loss.topic}, ${loss.partition}, ${loss.first}, ${loss.next}, ${loss.acceptedAt}, ${loss.acceptedBy})`);
}

/** Of all logs that there ever were, oldest first. */
export async function readLogLosses(database: Queryable): Promise<readonly LogLoss[]> {
  const rows = await database.many<{
    topic: string;
    partition: number;
    first: string;
    next: string;
    accepted_at: Date;
    accepted_by: string;
  }>(sql`
    select topic, partition, first, next, accepted_at, accepted_by from log_losses
    order by accepted_at, topic, partition, first`);
  return rows.map(({ topic, partition, first, next, accepted_at, accepted_by }) => ({
    topic,
    partition,
    first: Number(first),
    next: Number(next),
    acceptedAt: accepted_at,
    acceptedBy: accepted_by,
  }));
}
