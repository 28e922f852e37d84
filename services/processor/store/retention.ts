import { type Queryable, sql } from '@culprit/postgres';

export interface KeptProject {
  readonly id: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly events_kept_since: Date | null;
}

export async function keptProjects(database: Queryable): Promise<readonly KeptProject[]> {
  return database.many<KeptProject>(
    sql`select id, settings, events_kept_since from projects where status = 'active' order by id`,
  );
}

/** From when on the rows of a project are all there; it only moves forward. */
export async function noteKeptSince(
  database: Queryable,
  moved: readonly { readonly projectId: number; readonly since: number }[],
): Promise<void> {
  await database.execute(sql`
    update projects set events_kept_since = greatest(projects.events_kept_since, moved.since)
    from unnest(${moved.map((one) => one.projectId)}::int[], ${moved.map((one) => new Date(one.since))}::timestamptz[])
      as moved (project_id, since)
    where projects.id = moved.project_id`);
}

export interface OpenExemplar {
  readonly id: string;
  /** 32 hex digits. */
  readonly event_id: string;
}

/** Issues whose exemplar may be about to go: seen first before `before`, and not copied yet. In id order. */
export async function openExemplars(
  database: Queryable,
  page: {
    readonly projectId: number;
    readonly before: number;
    readonly afterId: string;
    readonly limit: number;
  },
): Promise<readonly OpenExemplar[]> {
  return database.many<OpenExemplar>(sql`
    select id, replace(exemplar_event_id::text, '-', '') as event_id from issues
    where project_id = ${page.projectId} and exemplar_kept_at is null and first_seen < ${new Date(page.before)}
      and id > ${page.afterId}
    order by id limit ${page.limit}`);
}

export async function noteExemplarsKept(
  database: Queryable,
  issueIds: readonly string[],
  now: Date,
): Promise<void> {
  await database.execute(
    sql`update issues set exemplar_kept_at = ${now} where id = any(${issueIds}::bigint[])`,
  );
}

/** When a job last ended; undefined: never. */
export async function lastRun(database: Queryable, job: string): Promise<Date | undefined> {
  const row = await database.maybeOne<{ finished_at: Date | null }>(
    sql`select finished_at from maintenance_runs where job = ${job}`,
  );
  return row?.finished_at ?? undefined;
}

export async function noteStarted(database: Queryable, job: string, now: Date): Promise<void> {
  await database.execute(sql`
    insert into maintenance_runs (job, started_at) values (${job}, ${now})
    on conflict (job) do update set started_at = excluded.started_at`);
}

export async function noteFinished(database: Queryable, job: string, now: Date): Promise<void> {
  await database.execute(sql`update maintenance_runs set finished_at = ${now} where job = ${job}`);
}
