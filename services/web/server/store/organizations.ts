import type { Role } from '@culprit/api';
import { type Queryable, sql } from '@culprit/postgres';

export interface OrganizationRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly created_at: Date;
  /** Role of the person who asks; null when they are no member or nobody was named. */
  readonly role: Role | null;
}

/** An organization by slug or id, with the role of `userId` in it. */
export async function findOrganization(
  db: Queryable,
  slugOrId: string,
  userId: string | null,
): Promise<OrganizationRow | undefined> {
  return db.maybeOne<OrganizationRow>(sql`
    select o.id, o.slug, o.name, o.created_at, m.role
    from organizations o
    left join members m on m.organization_id = o.id and m.user_id = ${userId}
    where o.slug = ${slugOrId} or o.id::text = ${slugOrId}
    order by o.slug = ${slugOrId} desc
    limit 1`);
}

/** The organizations of a person. */
export async function listOrganizationsOf(
  db: Queryable,
  userId: string,
): Promise<readonly (OrganizationRow & { role: Role })[]> {
  return db.many(sql`
    select o.id, o.slug, o.name, o.created_at, m.role
    from organizations o join members m on m.organization_id = o.id
    where m.user_id = ${userId}
    order by o.slug`);
}

export async function findOrganizationById(db: Queryable, id: string): Promise<OrganizationRow | undefined> {
  return db.maybeOne<OrganizationRow>(sql`
    select id, slug, name, created_at, null as role from organizations where id = ${id}`);
}

/** Whether the person owns the one organization that this instance has. */
export async function isOnlyOrganizationsOwner(db: Queryable, userId: string): Promise<boolean> {
  const { owns } = await db.one<{ owns: boolean }>(sql`
    select (select count(*) from organizations) = 1
       and exists (select 1 from members where user_id = ${userId} and role = 'owner') as owns`);
  return owns;
}

export interface TeamRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly created_at: Date;
}

export async function listTeams(
  db: Queryable,
  organizationId: string,
  rows: { readonly limit: number; readonly offset: number },
): Promise<readonly TeamRow[]> {
  return db.many<TeamRow>(sql`
    select id, slug, name, created_at from teams where organization_id = ${organizationId}
    order by slug limit ${rows.limit} offset ${rows.offset}`);
}

export async function findTeam(
  db: Queryable,
  organizationId: string,
  slugOrId: string,
): Promise<TeamRow | undefined> {
  return db.maybeOne<TeamRow>(sql`
    select id, slug, name, created_at from teams
    where organization_id = ${organizationId} and (slug = ${slugOrId} or id::text = ${slugOrId})
    order by slug = ${slugOrId} desc
    limit 1`);
}
