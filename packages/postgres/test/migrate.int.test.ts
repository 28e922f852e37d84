import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLogger } from '@culprit/runtime';
import {
  eventually,
  migrationsFolder,
  type TemporaryFolder,
  type TestDatabase,
  temporaryFolder,
  testDatabase,
} from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CODE_VERSION, checkSchema, createDatabase, migratePostgres, sql } from '../src/index.ts';

let store: TestDatabase;
let folder: TemporaryFolder;
const logger = silentLogger();

beforeEach(async () => {
  store = await testDatabase({ empty: true });
  folder = await temporaryFolder();
});
afterEach(async () => {
  await store.drop();
  await folder.remove();
});

function write(name: string, text: string): Promise<void> {
  return writeFile(join(folder.path, name), text);
}

function migrate(database = store.database): Promise<readonly string[]> {
  return migratePostgres({ database, directory: folder.path, logger });
}

async function tables(): Promise<readonly string[]> {
  const rows = await store.database.many<{ name: string }>(
    sql`select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'schema\\_%' order by 1`,
  );
  return rows.map((row) => row.name);
}

describe('migratePostgres', () => {
  test('applies the files of this repository, and nothing the second time', async () => {
    const directory = migrationsFolder('postgres');
    const applied = await migratePostgres({ database: store.database, directory, logger });
    expect(applied[0]).toBe('0001_organizations.sql');
    expect(await tables()).toContain('batch_plans');
    expect(await migratePostgres({ database: store.database, directory, logger })).toEqual([]);
  });

  test('run by several processes at once, each file is applied once', async () => {
    await write('0001_a.sql', 'create table a (n int); insert into a values (1);');
    await write('0002_b.sql', 'insert into a values (2);');
    const others = Array.from({ length: 4 }, () =>
      createDatabase({ url: store.url, applicationName: 'racer' }),
    );
    const applied = await Promise.all([store.database, ...others].map(migrate));
    await Promise.all(others.map((database) => database.close()));
    expect(applied.flat().sort()).toEqual(['0001_a.sql', '0002_b.sql']);
    expect(await store.database.one(sql`select count(*)::int as n from a`)).toEqual({ n: 2 });
  });

  test('a file that fails leaves nothing behind, and the ones before it stay', async () => {
    await write('0001_a.sql', 'create table a (n int);');
    await write('0002_b.sql', 'create table b (n int); select 1 / 0;');
    await expect(migrate()).rejects.toMatchObject({ code: '22012' });
    expect(await tables()).toEqual(['a']);
    await write('0002_b.sql', 'create table b (n int);');
    expect(await migrate()).toEqual(['0002_b.sql']);
  });

  test('refuses an applied file that was edited, and names it', async () => {
    await write('0001_a.sql', 'create table a (n int);\n');
    await migrate();
    await write('0001_a.sql', 'create table a (n bigint);\n');
    await expect(migrate()).rejects.toMatchObject({
      code: 'migration_edited',
      message: expect.stringContaining('0001_a.sql'),
    });
  });

  test('does not mind how lines end', async () => {
    await write('0001_a.sql', 'create table a (\n  n int\n);\n');
    await migrate();
    await write('0001_a.sql', 'create table a (\r\n  n int\r\n);\r\n');
    expect(await migrate()).toEqual([]);
  });

  test.each([
    ['a name without a number', ['a.sql']],
    ['a number used twice', ['0001_a.sql', '0001_b.sql']],
  ])('refuses %s', async (_what, names) => {
    for (const name of names) await write(name, 'select 1;');
    await expect(migrate()).rejects.toMatchObject({ code: 'migration_name' });
  });

  test('runs on a newer schema that still allows this code', async () => {
    await write('0001_a.sql', 'create table a (n int);');
    await write(
      '0002_of_the_next_release.sql',
      `create table b (n int); update schema_state set min_code_version = ${CODE_VERSION};`,
    );
    await migrate();
    const older = await temporaryFolder();
    await writeFile(join(older.path, '0001_a.sql'), 'create table a (n int);');
    expect(await migratePostgres({ database: store.database, directory: older.path, logger })).toEqual([]);
    await older.remove();
    await expect(checkSchema(store.database)).resolves.toBeUndefined();
  });

  test('refuses a schema whose contract step was taken, and says what to do', async () => {
    await write('0001_a.sql', `update schema_state set min_code_version = ${CODE_VERSION + 1};`);
    await migrate();
    const refusal = { code: 'schema_too_new', message: expect.stringContaining('Start the newer release') };
    await expect(migrate()).rejects.toMatchObject(refusal);
    await expect(checkSchema(store.database)).rejects.toMatchObject(refusal);
  });

  test('waits for a lock without making others wait behind it for long', async () => {
    await write('0001_a.sql', 'create table a (n int);');
    await migrate();
    await write('0002_b.sql', 'alter table a add column b int;');
    const { done, holding } = holdLock();
    await holding;
    const migrated = migrate();
    // The second waiting attempt: the first was given up after lock_timeout, and a reader got through in between.
    await eventually('the migration waits for the lock', () => isWaiting());
    await eventually('it gives up and lets readers through', async () => !(await isWaiting()));
    await done();
    expect(await migrated).toEqual(['0002_b.sql']);
  });

  function holdLock(): { holding: Promise<void>; done: () => Promise<void> } {
    const held = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const finished = store.database.transaction(async (tx) => {
      await tx.execute(sql`lock table a in access share mode`);
      held.resolve();
      await release.promise;
    });
    return {
      holding: held.promise,
      done: () => {
        release.resolve();
        return finished;
      },
    };
  }

  async function isWaiting(): Promise<boolean> {
    const { waiting } = await store.database.one<{ waiting: boolean }>(
      sql`select exists (select 1 from pg_locks where not granted and mode = 'AccessExclusiveLock') as waiting`,
    );
    return waiting;
  }
});

describe('a file without a transaction', () => {
  const index = '-- no transaction\ncreate unique index concurrently if not exists a_n on a (n);\n';

  test('can build an index while others wait to migrate', async () => {
    await write('0001_a.sql', 'create table a (n int);');
    await write('0002_index.sql', index);
    const other = createDatabase({ url: store.url, applicationName: 'other' });
    const applied = await Promise.all([migrate(), migrate(other)]);
    await other.close();
    expect(applied.flat()).toEqual(['0001_a.sql', '0002_index.sql']);
  });

  test('that failed half-way is repeated, and the invalid index it left is not taken for the real one', async () => {
    await write('0001_a.sql', 'create table a (n int); insert into a values (1), (1);');
    await write('0002_index.sql', index);
    await expect(migrate()).rejects.toMatchObject({ code: '23505' });
    await store.database.execute(sql`delete from a`);
    expect(await migrate()).toEqual(['0002_index.sql']);
    const valid = await store.database.one(
      sql`select indisvalid as valid from pg_index where indexrelid = 'a_n'::regclass`,
    );
    expect(valid).toEqual({ valid: true });
  });
});
