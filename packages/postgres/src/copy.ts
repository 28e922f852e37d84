import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { type Queryable, queriesOf } from './database.ts';
import { toPostgresError } from './errors.ts';
import type { Sql } from './sql.ts';

/** One connection that can also move whole tables. */
export interface CopySession extends Queryable {
  /** The bytes of `copy … to stdout`. Read to the end before the next statement. */
  copyOut(statement: Sql): Readable;
  /** Feeds `copy … from stdin`. */
  copyIn(statement: Sql, content: Readable): Promise<void>;
}

/** Runs `fn` on a connection of its own, without a statement timeout: for backups, which take as long as they take. */
export async function withCopySession<T>(
  options: { readonly url: string; readonly applicationName: string },
  fn: (session: CopySession) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: options.applicationName,
    statement_timeout: 0,
    idle_in_transaction_session_timeout: 0,
    keepAlive: true,
  });
  client.on('error', () => {}); // the running statement rejects too
  try {
    await client.connect();
    return await fn({
      ...queriesOf(client),
      copyOut: (statement) => client.query(copyTo(statement.text)),
      copyIn: (statement, content) => pipeline(content, client.query(copyFrom(statement.text))),
    });
  } catch (error) {
    throw toPostgresError(error);
  } finally {
    await client.end().catch(() => {}); // lost already
  }
}
