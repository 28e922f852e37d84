import { type Queryable, sql } from '@culprit/postgres';

export interface PeopleRow {
  readonly issueId: string;
  readonly sketch: Uint8Array;
  readonly count: number;
}

/** The sketches of the issues that have one. The issues' rows must be locked. */
export async function readPeople(
  database: Queryable,
  issueIds: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const rows = await database.many<{ issue_id: string; sketch: Buffer }>(
    sql`select issue_id, sketch from issue_people where issue_id = any(${issueIds}::bigint[])`,
  );
  return new Map(rows.map((row) => [row.issue_id, row.sketch]));
}

/** Writes sketches and the counts that follow from them. */
export async function writePeople(database: Queryable, rows: readonly PeopleRow[]): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map((row) => row.issueId);
  await database.execute(sql`
    insert into issue_people (issue_id, sketch)
    select * from unnest(${ids}::bigint[], ${rows.map((row) => Buffer.from(row.sketch))}::bytea[]) as people (issue_id, sketch)
    order by issue_id
    on conflict (issue_id) do update set sketch = excluded.sketch`);
  await database.execute(sql`
    update issues set users_seen = people.count
    from unnest(${ids}::bigint[], ${rows.map((row) => row.count)}::bigint[]) as people (issue_id, count)
    where issues.id = people.issue_id`);
}
