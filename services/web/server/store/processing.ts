import { type Queryable, sql } from '@culprit/postgres';

/** Offset of the first record not committed, by partition. */
export async function readPositions(db: Queryable, topic: string): Promise<ReadonlyMap<number, number>> {
  const rows = await db.many<{ partition: number; next: string }>(sql`
    select partition, next from log_positions where topic = ${topic}`);
  return new Map(rows.map((row) => [row.partition, Number(row.next)]));
}

export interface DeadLetterRow {
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly kind: string;
  readonly stage: string;
  readonly reason: string;
  readonly created_at: Date;
}

/** Dead letters that were not replayed: how many, and the newest. */
export async function readDeadLetters(
  db: Queryable,
  limit: number,
): Promise<{ readonly open: number; readonly newest: readonly DeadLetterRow[] }> {
  const { open } = await db.one<{ open: string }>(sql`
    select count(*) as open from dead_letters where replayed_at is null`);
  const newest = await db.many<DeadLetterRow>(sql`
    select id, topic, partition, log_offset, kind, stage, reason, created_at from dead_letters
    where replayed_at is null order by id desc limit ${limit}`);
  return { open: Number(open), newest };
}

export async function readPostgresVersion(db: Queryable): Promise<string> {
  const { version } = await db.one<{ version: string }>(
    sql`select current_setting('server_version') as version`,
  );
  return version;
}
