import { json, sql } from '@culprit/postgres';
import { testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyDirectory } from '../snapshot/key-directory.ts';
import { postgresSource } from '../snapshot/postgres-source.ts';
import { parseSnapshot } from '../snapshot/snapshot.ts';
import { KEY, OTHER_KEY } from './harness.ts';

let stores: Awaited<ReturnType<typeof testDatabase>>;
let projectId: number;

beforeAll(async () => {
  stores = await testDatabase();
  const organization = await stores.database.one<{ id: string }>(sql`
    insert into organizations (slug, name, hash_secret) values ('o', 'O', '\\x00') returning id`);
  const project = await stores.database.one<{ id: number }>(sql`
    insert into projects (organization_id, slug, name) values (${organization.id}, 'p', 'P') returning id`);
  projectId = project.id;
  await stores.database.execute(sql`
    insert into project_keys (project_id, public_key, rate_limit_count, rate_limit_window)
    values (${projectId}, ${KEY}, 100, 60), (${projectId}, ${OTHER_KEY}, null, null)`);
});
afterAll(() => stores.drop());

const setSettings = (settings: unknown) =>
  stores.database.execute(
    sql`update projects set settings = ${json(settings)}::jsonb where id = ${projectId}`,
  );

test('what is stored reaches the keys, through the file too, and nulls in it stay', async () => {
  const source = postgresSource(stores.database);
  const before = await source.version();
  const quota = {
    id: 'all',
    categories: [],
    scope: 'project',
    limit: null,
    window: 60,
    reasonCode: 'project_quota',
  };
  await setSettings({
    allowedDomains: ['shop.example'],
    quotas: [quota],
    fingerprintingRules: 'x'.repeat(1_000),
    options: { 'filters:localhost': true },
  });
  const snapshot = await source.load(5);
  expect(snapshot).toMatchObject({ taken_at: 5, projects: [{ allowed_domains: ['shop.example'] }] });
  expect(snapshot.version).toBeGreaterThan(before);
  expect(JSON.stringify(snapshot)).not.toContain('fingerprintingRules');
  const kept = parseSnapshot(JSON.parse(JSON.stringify(snapshot)));
  expect(kept).toEqual(snapshot);
  if (kept === undefined) return;
  const directory = new KeyDirectory(kept);
  expect(directory.find(KEY)).toMatchObject({
    settings: { allowedDomains: ['shop.example'], filters: { localhost: true } },
    quotas: [quota, { scope: 'key', limit: 100, window: 60 }],
  });
  expect(directory.find(OTHER_KEY)?.quotas).toEqual([quota]);
});

test.each([[5], [['a']], [{ allowedDomains: 'x' }]])(
  'settings %j in the database stop nobody',
  async (settings) => {
    await setSettings(settings);
    const snapshot = await postgresSource(stores.database).load(0);
    expect(new KeyDirectory(snapshot).find(KEY)).toMatchObject({
      isActive: true,
      settings: { allowedDomains: ['*'] },
    });
  },
);
