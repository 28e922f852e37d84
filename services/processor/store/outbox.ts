import { type Queryable, sql } from '@culprit/postgres';

export interface OutboxRow {
  readonly kind: 'issue.new' | 'issue.regressed';
  readonly organizationId: string;
  readonly projectId: number;
  readonly issueId: string;
  readonly releaseId: string | null;
  readonly deployId: string | null;
}

/** Facts for the alerts service, written in the commit that made them true; tells it that there is something. */
export async function insertOutbox(
  database: Queryable,
  rows: readonly OutboxRow[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return;
  await database.execute(sql`
    insert into outbox (kind, organization_id, project_id, issue_id, release_id, deploy_id, created_at)
    select kind, organization_id, project_id, issue_id, release_id, deploy_id, ${now}
    from unnest(
      ${rows.map((r) => r.kind)}::text[], ${rows.map((r) => r.organizationId)}::bigint[],
      ${rows.map((r) => r.projectId)}::int[], ${rows.map((r) => r.issueId)}::bigint[],
      ${rows.map((r) => r.releaseId)}::bigint[], ${rows.map((r) => r.deployId)}::bigint[]
    ) as fact (kind, organization_id, project_id, issue_id, release_id, deploy_id)`);
  await database.many(sql`select pg_notify('outbox', '')`);
}
