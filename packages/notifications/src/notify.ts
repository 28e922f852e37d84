import { type Queryable, sql } from '@culprit/postgres';

/** Gives a hint to whoever listens on `channel`; in a transaction it goes out with the commit. At most 8,000 bytes; an id, not data. */
export async function notify(database: Queryable, channel: string, payload = ''): Promise<void> {
  await database.execute(sql`select pg_notify(${channel}, ${payload})`);
}
