import { randomBytes } from 'node:crypto';
import { type Queryable, sql } from '@culprit/postgres';

/** Makes an organization with a hash secret of its own. Resolves to its id. @throws PostgresError 23505 when the slug is taken. */
export async function createOrganization(
  db: Queryable,
  organization: { readonly slug: string; readonly name: string; readonly createdAt: Date },
): Promise<string> {
  const { id } = await db.one<{ id: string }>(sql`
    insert into organizations (slug, name, hash_secret, created_at)
    values (${organization.slug}, ${organization.name}, ${randomBytes(32)}, ${organization.createdAt})
    returning id`);
  return id;
}

/** Makes a team. Resolves to its id. */
export async function createTeam(
  db: Queryable,
  team: {
    readonly organizationId: string;
    readonly slug: string;
    readonly name: string;
    readonly createdAt: Date;
  },
): Promise<string> {
  const { id } = await db.one<{ id: string }>(sql`
    insert into teams (organization_id, slug, name, created_at)
    values (${team.organizationId}, ${team.slug}, ${team.name}, ${team.createdAt})
    returning id`);
  return id;
}

export type MemberRole = 'owner' | 'admin' | 'member' | 'support';

/** Makes a person a member, or changes the role. */
export async function setMember(
  db: Queryable,
  member: {
    readonly organizationId: string;
    readonly userId: string;
    readonly role: MemberRole;
    readonly createdAt: Date;
  },
): Promise<void> {
  await db.execute(sql`
    insert into members (organization_id, user_id, role, created_at)
    values (${member.organizationId}, ${member.userId}, ${member.role}, ${member.createdAt})
    on conflict (organization_id, user_id) do update set role = excluded.role`);
}
