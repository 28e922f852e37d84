import { registeredQueries } from '@culprit/clickhouse';
import { type TestClickHouse, testClickHouse } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import '../server/routes.ts';

let store: TestClickHouse;

beforeAll(async () => {
  store = await testClickHouse();
});
afterAll(() => store.drop());

/** Those that need no tenant, and why. */
const WITHOUT_TENANT: ReadonlySet<string> = new Set([
  'running_inserts', // of the client itself: by token
  'outcomes_of_instance', // the System page: sums per outcome, for staff
  'clickhouse_version',
  'bytes_of_partitions', // the System page: what tables take on disk, for staff
]);
/** One event or its attachments are found by id, and an issue has one exemplar; all else is bounded by time. */
const BOUNDED: ReadonlySet<string> = new Set([
  'event_by_id',
  'attachments_of_event',
  'exemplar_by_id',
  'exemplars_of_issue',
]);

describe('every query of the web service', () => {
  it('is there', () => {
    expect(registeredQueries().length).toBeGreaterThanOrEqual(14);
  });

  it.each(registeredQueries().map((query) => [query.name, query] as const))(
    '%s fits the schema',
    async (_name, query) => {
      expect(await store.clickhouse.explain(query)).not.toEqual([]);
    },
  );

  it.each(
    registeredQueries()
      .filter((query) => query.name !== 'running_inserts')
      .map((query) => [query.name, query] as const),
  )('%s may take only so much time and memory', (_name, { settings }) => {
    expect(settings).toMatchObject({ max_execution_time: 15, max_memory_usage: 300_000_000 });
  });

  it.each(
    registeredQueries()
      .filter((query) => !WITHOUT_TENANT.has(query.name))
      .map((query) => [query.name, query.sql] as const),
  )('%s asks for projects by parameter, and only so far back', (name, sql) => {
    expect(sql).toMatch(/project_id (= \{project:UInt32\}|IN \{projects:Array\(UInt32\)\})/);
    if (!BOUNDED.has(name)) expect(sql).toMatch(/received >= fromUnixTimestamp64Milli/);
  });
});
