import { type Queryable, sql } from '@culprit/postgres';

/** Offset of the first record that is not committed; makes the row at the first call. */
export async function readPosition(database: Queryable, topic: string, partition: number): Promise<number> {
  const row = await database.maybeOne<{ next: string }>(
    sql`select next from log_positions where topic = ${topic} and partition = ${partition}`,
  );
  if (row !== undefined) return Number(row.next);
  await database.execute(
    sql`insert into log_positions (topic, partition, next) values (${topic}, ${partition}, 0) on conflict do nothing`,
  );
  return 0;
}

/** Moves the position from `expected` to `next`. False: it is not at `expected`, so another processor was here. */
export async function advancePosition(
  database: Queryable,
  topic: string,
  partition: number,
  expected: number,
  next: number,
): Promise<boolean> {
  const rows = await database.execute(sql`
    update log_positions set next = ${next}, updated_at = now()
    where topic = ${topic} and partition = ${partition} and next = ${expected}`);
  return rows === 1;
}

/** Positions of all partitions that have one. */
export async function readPositions(
  database: Queryable,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const rows = await database.many<{ partition: number; next: string }>(
    sql`select partition, next from log_positions where topic = ${topic}`,
  );
  return new Map(rows.map((row) => [row.partition, Number(row.next)]));
}

/** Keeps the position from moving until the transaction ends. False: it is not at `expected`. */
export async function holdPosition(
  tx: Queryable,
  topic: string,
  partition: number,
  expected: number,
): Promise<boolean> {
  const row = await tx.maybeOne<{ next: string }>(sql`
    select next from log_positions where topic = ${topic} and partition = ${partition} for share`);
  return row !== undefined && Number(row.next) === expected;
}
