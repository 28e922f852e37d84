import { type TestDatabase, testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, isTransient, json, PostgresError, sql, type Transaction } from '../src/index.ts';

let store: TestDatabase;

beforeAll(async () => {
  store = await testDatabase();
  await store.database.execute(
    sql`create table numbers (n bigint primary key, note text, at timestamptz, data jsonb, day date)`,
  );
});
afterAll(() => store.drop());

async function numbers(): Promise<readonly string[]> {
  const rows = await store.database.many<{ n: string }>(sql`select n from numbers order by n`);
  return rows.map((row) => row.n);
}

describe('statements', () => {
  test('values go in and come out: bigint as text, times as Date, days as text', async () => {
    const at = new Date(Date.UTC(2026, 10, 20, 1, 2, 3, 4));
    const note = `it's "quoted"; drop table numbers`;
    await store.database.execute(sql`
      insert into numbers (n, note, at, data, day)
      values (${9_007_199_254_740_993n}, ${note}, ${at}, ${json({ a: ['\0', 1] })}, '2026-11-20')`);
    const row = await store.database.one(
      sql`select * from numbers where n = any(${[9_007_199_254_740_993n]}::bigint[])`,
    );
    expect(row).toEqual({ n: '9007199254740993', note, at, data: { a: ['\ufffd', 1] }, day: '2026-11-20' });
    await store.database.execute(sql`delete from numbers`);
  });

  test('one row is one row', async () => {
    const { database } = store;
    expect(await database.maybeOne(sql`select 1 as a where false`)).toBeUndefined();
    await expect(database.one(sql`select 1 as a where false`)).rejects.toMatchObject({ code: 'no_row' });
    await expect(database.maybeOne(sql`select generate_series(1, 2)`)).rejects.toMatchObject({
      code: 'many_rows',
    });
  });

  test('a refusal carries its SQLSTATE and constraint', async () => {
    const failure = await store.database
      .execute(sql`insert into organizations (slug, name, hash_secret) values ('a', 'a', '')`)
      .then(() =>
        store.database.execute(
          sql`insert into organizations (slug, name, hash_secret) values ('a', 'a', '')`,
        ),
      )
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PostgresError);
    expect(failure).toMatchObject({ code: '23505', constraint: 'organizations_slug_key' });
    expect(isTransient(failure)).toBe(false);
  });

  test('a slow statement is ended and may be tried again', async () => {
    const impatient = createDatabase({
      url: store.url,
      applicationName: 'impatient',
      statementTimeoutMs: 50,
    });
    const failure = await impatient.execute(sql`select pg_sleep(5)`).catch((error: unknown) => error);
    await impatient.close();
    expect(failure).toMatchObject({ code: '57014' });
    expect(isTransient(failure)).toBe(true);
  });

  test('a database that is not there is a transient failure', async () => {
    const nowhere = createDatabase({ url: 'postgres://a:b@127.0.0.1:1/x', applicationName: 'nowhere' });
    const failure = await nowhere.execute(sql`select 1`).catch((error: unknown) => error);
    const inTransaction = await nowhere.transaction(async () => {}).catch((error: unknown) => error);
    await nowhere.close();
    expect(failure).toMatchObject({ code: 'connection' });
    expect(isTransient(inTransaction)).toBe(true);
  });

  test('the connections are named and limited in what they may take', async () => {
    const row = await store.database.one(sql`
      select current_setting('application_name') as name, current_setting('statement_timeout') as statement,
             current_setting('idle_in_transaction_session_timeout') as idle`);
    expect(row).toEqual({ name: 'test', statement: '30s', idle: '1min' });
  });
});

describe('a transaction', () => {
  test('is committed whole or not at all', async () => {
    const insert = (tx: Transaction, n: number) => tx.execute(sql`insert into numbers (n) values (${n})`);
    await store.database.transaction(async (tx) => {
      await insert(tx, 1);
      await insert(tx, 2);
    });
    const bug = new Error('a bug of the caller');
    const failing = store.database.transaction(async (tx) => {
      await insert(tx, 3);
      throw bug;
    });
    await expect(failing).rejects.toBe(bug);
    expect(await numbers()).toEqual(['1', '2']);
    await store.database.execute(sql`delete from numbers`);
  });

  test('is run again after a deadlock, and both get through', async () => {
    const { database } = store;
    await database.execute(sql`insert into numbers (n, note) values (1, ''), (2, '')`);
    let attempts = 0;
    const bothHoldOne = Promise.withResolvers<void>();
    let holding = 0;
    const cross = (first: number, second: number) =>
      database.transaction(async (tx) => {
        attempts++;
        await tx.execute(sql`update numbers set note = note || 'x' where n = ${first}`);
        if (++holding === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await tx.execute(sql`update numbers set note = note || 'x' where n = ${second}`);
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    expect(attempts).toBe(3);
    expect(await database.many(sql`select note from numbers order by n`)).toEqual([
      { note: 'xx' },
      { note: 'xx' },
    ]);
    await database.execute(sql`delete from numbers`);
  });

  test('is run again only so often', async () => {
    let attempts = 0;
    const failing = store.database.transaction(
      async (tx) => {
        attempts++;
        await tx.execute(sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`);
      },
      { retries: 2 },
    );
    await expect(failing).rejects.toMatchObject({ code: '40001' });
    expect(attempts).toBe(3);
  });

  test('whose connection is killed fails as transient, is not repeated, and the pool goes on', async () => {
    let attempts = 0;
    const failure = await store.database
      .transaction(async (tx) => {
        attempts++;
        const { pid } = await tx.one<{ pid: number }>(sql`select pg_backend_pid() as pid`);
        await store.database.execute(sql`select pg_terminate_backend(${pid})`);
        await tx.execute(sql`select 1`);
      })
      .catch((error: unknown) => error);
    expect(isTransient(failure)).toBe(true);
    expect(attempts).toBe(1);
    expect(await store.database.one(sql`select 1 as a`)).toEqual({ a: 1 });
  });
});

test('what a session sets ends with it', async () => {
  await store.database.session((session) => session.execute(sql`set application_name = 'left behind'`));
  const names = await store.database.many(
    sql`select application_name from pg_stat_activity where application_name = 'left behind'`,
  );
  expect(names).toEqual([]);
  expect(await store.database.one(sql`select current_setting('application_name') as name`)).toEqual({
    name: 'test',
  });
});
