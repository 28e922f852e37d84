import { type Queryable, sql } from '@culprit/postgres';
import { hashPassword } from './passwords.ts';

/** Makes someone who can log in. Resolves to their id. @throws PostgresError 23505 when the email is taken. */
export async function createUser(
  db: Queryable,
  user: {
    readonly email: string;
    readonly name: string;
    /** From `hashPassword`. */
    readonly passwordHash: string;
    readonly isStaff: boolean;
    readonly createdAt: Date;
  },
): Promise<string> {
  const { id } = await db.one<{ id: string }>(sql`
    insert into users (email, name, password_hash, is_staff, created_at)
    values (${user.email.toLowerCase()}, ${user.name}, ${user.passwordHash}, ${user.isStaff}, ${user.createdAt})
    returning id`);
  return id;
}

/** Sets a new password and ends the person's sessions. False when there is no such account. */
export async function setPassword(db: Queryable, email: string, password: string): Promise<boolean> {
  const hash = await hashPassword(password);
  const changed = await db.execute(sql`
    with changed as (
      update users set password_hash = ${hash} where email = ${email.toLowerCase()} returning id
    ), ended as (
      delete from web_sessions where user_id in (select id from changed)
    )
    select id from changed`);
  return changed > 0;
}
