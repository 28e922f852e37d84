import { json, type Queryable, sql } from '@culprit/postgres';

export interface NewChange {
  readonly organizationId: string;
  readonly projectId: number | null;
  readonly kind: string;
  readonly name: string;
  readonly environment: string | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly happenedAt: Date;
  readonly createdAt: Date;
}

/** Writes down a change that is no deploy. Resolves to its id. */
export async function insertChange(db: Queryable, change: NewChange): Promise<string> {
  const { id } = await db.one<{ id: string }>(sql`
    insert into changes (organization_id, project_id, kind, name, environment, data, happened_at, created_at)
    values (${change.organizationId}, ${change.projectId}, ${change.kind}, ${change.name}, ${change.environment},
            ${json(change.data)}::jsonb, ${change.happenedAt}, ${change.createdAt})
    returning id`);
  return id;
}
