import { once } from 'node:events';
import { connect } from 'node:net';
import { sql } from '@culprit/postgres';
import { describe, expect, test } from 'vitest';
import { eventually, skipsForLackOfKafka, testClickHouse, testDatabase, testKafka } from '../src/index.ts';

describe('testDatabase', () => {
  test('is migrated, belongs to one test, and is gone after drop', async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
    await one.database.execute(
      sql`insert into organizations (slug, name, hash_secret) values ('a', 'a', '')`,
    );
    expect(await other.database.many(sql`select id from organizations`)).toEqual([]);
    await one.drop();
    const names = await other.database.many(
      sql`select datname from pg_database where datname = ${new URL(one.url).pathname.slice(1)}`,
    );
    expect(names).toEqual([]);
    await other.drop();
  });

  test('is gone after drop although somebody is still connected', async () => {
    const store = await testDatabase();
    let failure: unknown;
    const held = store.database
      .session((session) => session.execute(sql`select pg_sleep(60)`))
      .catch((error) => {
        failure = error;
      });
    await eventually('the session runs', async () => {
      const { n } = await store.database.one<{ n: number }>(
        sql`select count(*)::int as n from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`,
      );
      return n === 1;
    });
    await Promise.all([store.drop(), held]);
    expect(failure).toMatchObject({ code: expect.any(String) });
  });
});

describe('testClickHouse', () => {
  test('is migrated and belongs to one test', async () => {
    const [one, other] = await Promise.all([testClickHouse(), testClickHouse()]);
    await one.clickhouse.command(
      'INSERT INTO outcomes (project_id, received) SELECT 1, toDateTime(1763596800)',
    );
    await one.clickhouse.command('DROP TABLE outcomes');
    await expect(one.clickhouse.command('DROP TABLE outcomes')).rejects.toMatchObject({ code: '60' });
    await other.clickhouse.command('DROP TABLE outcomes');
    await Promise.all([one.drop(), other.drop()]);
  });
});

describe.skipIf(await skipsForLackOfKafka())('testKafka', () => {
  test('is one for all, with names of their own', async () => {
    const [one, other] = await Promise.all([testKafka(), testKafka()]);
    expect(one.brokers).toBe(other.brokers);
    expect(one.topicPrefix).not.toBe(other.topicPrefix);
    const [host = '', port = ''] = one.brokers.split(':');
    const socket = connect({ host, port: Number(port) });
    await once(socket, 'connect');
    socket.destroy();
  });
});
