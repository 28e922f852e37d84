import { type Queryable, sql } from '@culprit/postgres';
import type { Person } from '../access/principal.ts';

interface PersonColumns {
  readonly user_id: string;
  readonly email: string;
  readonly user_name: string;
  readonly is_staff: boolean;
}

function personOf(row: PersonColumns): Person {
  return { userId: row.user_id, email: row.email, name: row.user_name, isStaff: row.is_staff };
}

export interface Credentials extends Person {
  readonly passwordHash: string;
}

/** Who logs in with this email. */
export async function findCredentials(db: Queryable, email: string): Promise<Credentials | undefined> {
  const row = await db.maybeOne<PersonColumns & { password_hash: string }>(sql`
    select id as user_id, email, name as user_name, is_staff, password_hash
    from users where email = ${email.toLowerCase()}`);
  return row === undefined ? undefined : { ...personOf(row), passwordHash: row.password_hash };
}

/** The person of a session that has not ended. */
export async function findSession(db: Queryable, idHash: Buffer, now: Date): Promise<Person | undefined> {
  const row = await db.maybeOne<PersonColumns>(sql`
    select u.id as user_id, u.email, u.name as user_name, u.is_staff
    from web_sessions s join users u on u.id = s.user_id
    where s.id_hash = ${idHash} and s.expires_at > ${now}`);
  return row === undefined ? undefined : personOf(row);
}

export async function insertSession(
  db: Queryable,
  session: {
    readonly idHash: Buffer;
    readonly userId: string;
    readonly createdAt: Date;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await db.execute(sql`
    insert into web_sessions (id_hash, user_id, created_at, expires_at)
    values (${session.idHash}, ${session.userId}, ${session.createdAt}, ${session.expiresAt})`);
}

export async function deleteSession(db: Queryable, idHash: Buffer): Promise<void> {
  await db.execute(sql`delete from web_sessions where id_hash = ${idHash}`);
}

export async function deleteExpiredSessions(db: Queryable, userId: string, now: Date): Promise<void> {
  await db.execute(sql`delete from web_sessions where user_id = ${userId} and expires_at <= ${now}`);
}

export interface TokenRow {
  readonly id: string;
  readonly organizationId: string;
  readonly scopes: readonly string[];
  readonly person: Person | undefined;
}

/** A token that is not revoked, with the person it stands for. */
export async function findToken(db: Queryable, tokenHash: Buffer): Promise<TokenRow | undefined> {
  const row = await db.maybeOne<
    { id: string; organization_id: string; scopes: string[] } & (
      | PersonColumns
      | { [column in keyof PersonColumns]: null }
    )
  >(sql`
    select t.id, t.organization_id, t.scopes, u.id as user_id, u.email, u.name as user_name, u.is_staff
    from api_tokens t left join users u on u.id = t.user_id
    where t.token_hash = ${tokenHash} and t.revoked_at is null`);
  if (row === undefined) return undefined;
  const person = row.user_id === null ? undefined : personOf(row);
  return { id: row.id, organizationId: row.organization_id, scopes: row.scopes, person };
}
