import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { registeredQueries } from '@culprit/clickhouse';
import { type TestClickHouse, testClickHouse } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
/** Whoever imports them declares their queries. */
const modules = ['packages', 'services'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/\/(test|node_modules|dist|client)\//.test(path))
    .filter((path) => /= defineQuery\(/.test(readFileSync(path, 'utf8'))),
);
await Promise.all(modules.map((path) => import(path)));

let store: TestClickHouse;
beforeAll(async () => {
  store = await testClickHouse();
});
afterAll(() => store.drop());

test('modules with queries were found', () => {
  expect(modules.length).toBeGreaterThan(5);
  expect(registeredQueries().length).toBeGreaterThanOrEqual(modules.length);
});

test.each(registeredQueries().map((query) => [query.name, query] as const))(
  'the query %s fits the schema',
  async (_name, query) => {
    expect(await store.clickhouse.explain(query)).not.toEqual([]);
  },
);
