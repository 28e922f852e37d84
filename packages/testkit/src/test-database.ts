import { randomBytes } from 'node:crypto';
import { createDatabase, type Database, identifier, sql } from '@culprit/postgres';
import { inject } from 'vitest';
import { databaseUrl } from './database-url.ts';
import type {} from './provided.ts';

export interface TestDatabase {
  readonly url: string;
  readonly database: Database;
  /** Closes `database` and drops the clone, whoever is still connected. */
  drop(): Promise<void>;
}

/** A migrated database for this test alone: a clone of the template. `empty` gives one without any table. */
export async function testDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const { postgresUrl, templateDatabase } = inject('culpritStores');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = identifier(options.empty === true ? 'template0' : templateDatabase);
  await asAdmin(postgresUrl, (admin) =>
    admin.execute(sql`create database ${identifier(name)} template ${template}`),
  );
  const url = databaseUrl(postgresUrl, name);
  const database = createDatabase({ url, applicationName: 'test' });
  return {
    url,
    database,
    drop: async () => {
      const closed = database.close(); // waits for statements that run, which the drop ends
      await asAdmin(postgresUrl, (admin) =>
        admin.execute(sql`drop database if exists ${identifier(name)} with (force)`),
      );
      await closed;
    },
  };
}

async function asAdmin(url: string, fn: (admin: Database) => Promise<unknown>): Promise<void> {
  const admin = createDatabase({ url, applicationName: 'testkit', max: 1 });
  await fn(admin).finally(() => admin.close());
}
