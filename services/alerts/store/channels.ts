import { type Queryable, sql } from '@culprit/postgres';

export interface Channel {
  readonly id: string;
  readonly organization_id: string;
  readonly project_id: number | null;
  readonly kind: 'webhook' | 'email';
  readonly target: string;
  readonly secret: string | null;
}

/** Channels of organizations that are switched on. */
export async function activeChannels(
  database: Queryable,
  organizationIds: readonly string[],
): Promise<readonly Channel[]> {
  return database.many<Channel>(sql`
    select id, organization_id, project_id, kind, target, secret from alert_channels
    where is_active and organization_id = any(${organizationIds}::bigint[]) order by id`);
}
