import { type Queryable, sql } from '@culprit/postgres';

export interface DeadLetter {
  readonly partition: number;
  readonly offset: number;
  readonly projectId: number | null;
  readonly eventId: string | null;
  readonly kind: string;
  readonly stage: string;
  readonly reason: string;
  readonly record: Uint8Array;
}

/** Keeps records that no stage could take, for a person to look at and replay. */
export async function insertDeadLetters(
  database: Queryable,
  topic: string,
  letters: readonly DeadLetter[],
  now: Date,
): Promise<void> {
  for (const letter of letters) {
    await database.execute(sql`
      insert into dead_letters (topic, partition, log_offset, project_id, event_id, kind, stage, reason, record, created_at)
      values (${topic}, ${letter.partition}, ${letter.offset}, ${letter.projectId}, ${letter.eventId}, ${letter.kind},
        ${letter.stage}, ${letter.reason}, ${Buffer.from(letter.record)}, ${now})
      on conflict (topic, partition, log_offset) do nothing`);
  }
}

/** Which of these offsets of a partition became dead letters. */
export async function readDeadOffsets(
  database: Queryable,
  topic: string,
  partition: number,
  offsets: readonly number[],
): Promise<ReadonlySet<number>> {
  const rows = await database.many<{ log_offset: string }>(sql`
    select log_offset from dead_letters
    where topic = ${topic} and partition = ${partition} and log_offset = any(${offsets}::bigint[])`);
  return new Set(rows.map((row) => Number(row.log_offset)));
}

export interface DeadLetterRow {
  readonly id: string;
  readonly partition: number;
  readonly log_offset: string;
  readonly project_id: number | null;
  readonly event_id: string | null;
  readonly kind: string;
  readonly stage: string;
  readonly reason: string;
  readonly created_at: Date;
}

/** Open dead letters, oldest first. */
export async function openDeadLetters(
  database: Queryable,
  afterId: string,
  limit: number,
): Promise<readonly DeadLetterRow[]> {
  return database.many<DeadLetterRow>(sql`
    select id, partition, log_offset, project_id, event_id, kind, stage, reason, created_at
    from dead_letters where replayed_at is null and id > ${afterId} order by id limit ${limit}`);
}

/** The bytes of an open dead letter. */
export async function readDeadRecord(database: Queryable, id: string): Promise<Uint8Array | undefined> {
  const row = await database.maybeOne<{ record: Buffer }>(
    sql`select record from dead_letters where id = ${id} and replayed_at is null`,
  );
  return row?.record;
}

export async function markReplayed(database: Queryable, id: string, now: Date): Promise<void> {
  await database.execute(sql`update dead_letters set replayed_at = ${now} where id = ${id}`);
}

/** Counted up to here: more is as bad. */
const MOST_COUNTED = 100_000;

/** Dead letters that wait for a person. */
export async function countOpenDeadLetters(database: Queryable): Promise<number> {
  const { open } = await database.one<{ open: string }>(sql`
    select count(*) as open from (select from dead_letters where replayed_at is null limit ${MOST_COUNTED}) as letters`);
  return Number(open);
}

/** Open dead letters that a person wants replayed, oldest first; those that another process works on are left to it. */
export async function takeRequestedReplays(
  tx: Queryable,
  limit: number,
): Promise<readonly { readonly id: string; readonly record: Buffer }[]> {
  return tx.many<{ id: string; record: Buffer }>(sql`
    select id, record from dead_letters
    where replayed_at is null and replay_requested_at is not null
    order by id limit ${limit} for update skip locked`);
}

/** Forgets the wish to replay a record that cannot be. */
export async function refuseReplay(database: Queryable, id: string): Promise<void> {
  await database.execute(sql`update dead_letters set replay_requested_at = null where id = ${id}`);
}

/** The highest offset of a dead letter, by partition. */
export async function highestDeadOffsets(
  database: Queryable,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const rows = await database.many<{ partition: number; highest: string }>(sql`
    select partition, max(log_offset) as highest from dead_letters where topic = ${topic} group by partition`);
  return new Map(rows.map((row) => [row.partition, Number(row.highest)]));
}

/** The bytes of all dead letters that are open, or were replayed at `since` or later, a few at a time. */
export async function* deadRecords(database: Queryable, since: Date): AsyncIterable<Uint8Array> {
  let afterId = '0';
  for (;;) {
    const rows = await database.many<{ id: string; record: Buffer }>(sql`
      select id, record from dead_letters
      where (replayed_at is null or replayed_at >= ${since}) and id > ${afterId} order by id limit 20`);
    for (const { id, record } of rows) {
      afterId = id;
      yield record;
    }
    if (rows.length === 0) return;
  }
}

/** Those of the events (`<project> <uuid>`) that are dead letters, open or replayed at `since` or later. */
export async function deadEvents(
  database: Queryable,
  events: readonly string[],
  since: Date,
): Promise<ReadonlySet<string>> {
  const ids = events.map((event) => event.slice(event.indexOf(' ') + 1));
  const rows = await database.many<{ event: string }>(sql`
    select distinct project_id || ' ' || event_id as event from dead_letters
    where event_id = any(${ids}::uuid[]) and kind = 'event' and (replayed_at is null or replayed_at >= ${since})`);
  return new Set(rows.map(({ event }) => event));
}
