import { type Database, type Queryable, sql } from '@culprit/postgres';

/** Offset of the first record that is not committed; makes the row, at `first`, at the first call. */
export async function readPosition(
  database: Queryable,
  topic: string,
  partition: number,
  first = 0,
): Promise<number> {
  const row = await database.maybeOne<{ next: string }>(
    sql`select next from log_positions where topic = ${topic} and partition = ${partition}`,
  );
  if (row !== undefined) return Number(row.next);
  await database.execute(
    sql`insert into log_positions (topic, partition, next) values (${topic}, ${partition}, ${first}) on conflict do nothing`,
  );
  return first;
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

/** Positions, each with the time at which it moved last. */
export async function readPositionTimes(
  database: Queryable,
  topic: string,
): Promise<ReadonlyMap<number, { readonly next: number; readonly updatedAt: Date }>> {
  const rows = await database.many<{ partition: number; next: string; updated_at: Date }>(
    sql`select partition, next, updated_at from log_positions where topic = ${topic}`,
  );
  return new Map(
    rows.map(({ partition, next, updated_at }) => [partition, { next: Number(next), updatedAt: updated_at }]),
  );
}

/** Of each partition the topic that has gone furthest, but for this one. */
export async function highestPositionsOfOthers(
  database: Queryable,
  topic: string,
): Promise<readonly { readonly topic: string; readonly partition: number; readonly next: number }[]> {
  const rows = await database.many<{ topic: string; partition: number; next: string }>(sql`
    select distinct on (partition) topic, partition, next from log_positions
    where topic <> ${topic} order by partition, next desc`);
  return rows.map((row) => ({ ...row, next: Number(row.next) }));
}

/** Positions of partitions that have none yet. */
export async function beginPositions(
  database: Queryable,
  topic: string,
  begins: readonly (readonly [partition: number, next: number])[],
): Promise<void> {
  const partitions = begins.map(([partition]) => partition);
  const nexts = begins.map(([, next]) => next);
  await database.execute(sql`
    insert into log_positions (topic, partition, next)
    select ${topic}, partition, next from unnest(${partitions}::int[], ${nexts}::bigint[]) as begin (partition, next)
    on conflict do nothing`);
}

/** The highest position that any log has had in a partition. */
export async function readHighestPositions(database: Queryable): Promise<ReadonlyMap<number, number>> {
  const rows = await database.many<{ partition: number; next: string }>(
    sql`select partition, max(next) as next from log_positions group by partition`,
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

/** For a new log in the place of a lost one: sets all positions and drops the plans, whose records are planned again under new offsets. */
export async function restartPositions(
  database: Database,
  topic: string,
  begins: readonly number[],
): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute(sql`delete from batch_plans where topic = ${topic}`);
    await tx.execute(sql`
      insert into log_positions (topic, partition, next)
      select ${topic}, place - 1, next from unnest(${begins}::bigint[]) with ordinality as begin (next, place)
      on conflict (topic, partition) do update set next = excluded.next, updated_at = now()`);
  });
}
