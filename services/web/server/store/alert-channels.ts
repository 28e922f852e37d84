import { type Queryable, sql } from '@culprit/postgres';

export interface AlertChannelRow {
  readonly id: string;
  readonly kind: 'webhook' | 'email';
  readonly target: string;
  readonly project: string | null;
  readonly is_active: boolean;
  readonly created_at: Date;
}

export async function listAlertChannels(
  db: Queryable,
  organizationId: string,
  rows: { readonly limit: number; readonly offset: number },
): Promise<readonly AlertChannelRow[]> {
  return db.many<AlertChannelRow>(sql`
    select c.id, c.kind, c.target, p.slug as project, c.is_active, c.created_at
    from alert_channels c left join projects p on p.id = c.project_id
    where c.organization_id = ${organizationId} and c.is_active
    order by c.id limit ${rows.limit} offset ${rows.offset}`);
}

export async function findAlertChannel(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<AlertChannelRow | undefined> {
  return db.maybeOne<AlertChannelRow>(sql`
    select c.id, c.kind, c.target, p.slug as project, c.is_active, c.created_at
    from alert_channels c left join projects p on p.id = c.project_id
    where c.organization_id = ${organizationId} and c.id::text = ${id} and c.is_active`);
}

export async function insertAlertChannel(
  db: Queryable,
  channel: {
    readonly organizationId: string;
    readonly projectId: number | null;
    readonly kind: 'webhook' | 'email';
    readonly target: string;
    readonly secret: string | null;
    readonly createdAt: Date;
  },
): Promise<string> {
  const { id } = await db.one<{ id: string }>(sql`
    insert into alert_channels (organization_id, project_id, kind, target, secret, created_at)
    values (${channel.organizationId}, ${channel.projectId}, ${channel.kind}, ${channel.target}, ${channel.secret},
            ${channel.createdAt})
    returning id`);
  return id;
}

/** Takes a channel out of use. Its row stays: what was delivered through it refers to it. Its secret goes. */
export async function removeAlertChannel(
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<boolean> {
  const changed = await db.execute(sql`
    update alert_channels set is_active = false, secret = null
    where organization_id = ${organizationId} and id::text = ${id} and is_active`);
  return changed > 0;
}
