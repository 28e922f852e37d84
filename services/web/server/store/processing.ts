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
  readonly replay_requested_at: Date | null;
}

/** Dead letters that were not replayed: how many, and the newest. */
export async function readDeadLetters(
  db: Queryable,
  limit: number,
): Promise<{ readonly open: number; readonly newest: readonly DeadLetterRow[] }> {
  const { open } = await db.one<{ open: string }>(sql`
    select count(*) as open from dead_letters where replayed_at is null`);
  const newest = await db.many<DeadLetterRow>(sql`
    select id, topic, partition, log_offset, kind, stage, reason, created_at, replay_requested_at from dead_letters
    where replayed_at is null order by id desc limit ${limit}`);
  return { open: Number(open), newest };
}

/** Asks for these open dead letters to be replayed, or for all. Resolves to how many were not asked for before. */
export async function requestReplays(
  db: Queryable,
  ids: readonly string[] | undefined,
  now: Date,
): Promise<number> {
  const all = ids === undefined;
  return db.execute(sql`
    update dead_letters set replay_requested_at = ${now}
    where replayed_at is null and replay_requested_at is null and (${all} or id = any(${ids ?? []}::bigint[]))`);
}

export interface InstanceRow {
  readonly id: string;
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly started_at: Date;
  readonly seen_at: Date;
  readonly is_ready: boolean;
  readonly detail: string | null;
  readonly memory_bytes: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const MOST_INSTANCES = 500;

/** Processes that were there since then, by service. */
export async function readInstances(db: Queryable, since: Date): Promise<readonly InstanceRow[]> {
  return db.many<InstanceRow>(sql`
    select id, service, host, pid, version, started_at, seen_at, is_ready, detail, memory_bytes, facts
    from service_instances where seen_at >= ${since} order by service, host, started_at, id limit ${MOST_INSTANCES}`);
}

export interface AppliedMigration {
  readonly store: 'postgres' | 'clickhouse';
  readonly name: string;
}

export async function readSchema(
  db: Queryable,
): Promise<{ readonly minCodeVersion: number; readonly applied: readonly AppliedMigration[] }> {
  const { min_code_version: minCodeVersion } = await db.one<{ min_code_version: number }>(
    sql`select min_code_version from schema_state`,
  );
  const applied = await db.many<AppliedMigration>(
    sql`select store, name from schema_migrations order by store, name`,
  );
  return { minCodeVersion, applied };
}

export async function readPostgresVersion(db: Queryable): Promise<string> {
  const { version } = await db.one<{ version: string }>(
    sql`select current_setting('server_version') as version`,
  );
  return version;
}
