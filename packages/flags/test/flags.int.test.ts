import { createDatabase, sql } from '@culprit/postgres';
import { silentLogger } from '@culprit/runtime';
import { eventually, NOON, type TestDatabase, testDatabase } from '@culprit/testkit';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { defineFlags, setFlagRules, startFlags } from '../src/index.ts';

const definitions = defineFlags({
  'test-off': { description: 'off by default', owner: 'nobody', endsOn: '2099-01-01', default: false },
  'test-on': { description: 'on by default', owner: 'nobody', endsOn: '2099-01-01', default: true },
});

let store: TestDatabase;
beforeAll(async () => {
  store = await testDatabase();
});
afterAll(() => store.drop());
afterEach(() => store.database.execute(sql`delete from feature_flags`));

test('without rules the defaults hold', async () => {
  const flags = await startFlags({ definitions, database: store.database, logger: silentLogger() });
  flags.stop();
  expect([flags.isOn('test-off'), flags.isOn('test-on')]).toEqual([false, true]);
});

test('rules that are set are seen by themselves', async () => {
  const flags = await startFlags({
    definitions,
    database: store.database,
    logger: silentLogger(),
    refreshMs: 20,
  });
  await setFlagRules(store.database, 'test-off', { projects: [3] }, NOON);
  await eventually('the rule is seen', () => flags.isOn('test-off', { projectId: 3 }));
  expect(flags.isOn('test-off', { projectId: 4 })).toBe(false);
  await setFlagRules(store.database, 'test-off', { everywhere: true }, NOON);
  await eventually('the new rule is seen', () => flags.isOn('test-off'));
  flags.stop();
});

test('rules that are not understood count as none', async () => {
  await store.database.execute(
    sql`insert into feature_flags (name, rules) values ('test-on', '{"percentage": "some"}')`,
  );
  const flags = await startFlags({ definitions, database: store.database, logger: silentLogger() });
  flags.stop();
  expect(flags.isOn('test-on')).toBe(true);
});

test('while the database is away the last rules hold, and the defaults at first', async () => {
  await setFlagRules(store.database, 'test-off', { everywhere: true }, NOON);
  const database = createDatabase({ url: store.url, applicationName: 'flags' });
  const flags = await startFlags({ definitions, database, logger: silentLogger() });
  await database.close();
  await expect(flags.refresh()).rejects.toThrow();
  expect(flags.isOn('test-off')).toBe(true);
  flags.stop();
  const late = await startFlags({ definitions, database, logger: silentLogger() });
  late.stop();
  expect([late.isOn('test-off'), late.isOn('test-on')]).toEqual([false, true]);
});

test('rules that are none cannot be set', async () => {
  await expect(setFlagRules(store.database, 'test-on', { percentage: 200 }, NOON)).rejects.toThrow();
});
