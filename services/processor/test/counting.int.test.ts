import { defineQuery } from '@culprit/clickhouse';
import { PostgresError, sql } from '@culprit/postgres';
import { NOON } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  eventId,
  faultyClickHouse,
  faultyDatabase,
  type ProcessorHarness,
  startProcessorHarness,
} from './harness.ts';

const rowsInEvents = defineQuery({
  name: 'test_rows_in_events',
  params: {},
  row: z.object({
    event_id: z.string(),
    log_offset: z.coerce.number(),
    release: z.string(),
    deploy_id: z.string(),
  }),
  sql: `SELECT replaceAll(toString(event_id), '-', '') AS event_id, log_offset, release, toString(deploy_id) AS deploy_id
    FROM events ORDER BY log_offset`,
});
const outcomesStored = defineQuery({
  name: 'test_outcomes_stored',
  params: {},
  row: z.object({
    outcome: z.string(),
    reason: z.string(),
    category: z.string(),
    quantity: z.coerce.number(),
  }),
  sql: `SELECT outcome, reason, category, sum(quantity) AS quantity FROM outcomes
    GROUP BY outcome, reason, category ORDER BY outcome, reason`,
});

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

const storedIds = async (): Promise<string[]> =>
  (await harness.clickhouse.query(rowsInEvents, {})).map((row) => row.event_id);
const issues = () =>
  harness.database.many<{
    title: string;
    times_seen: string;
    users_seen: string;
    short_id: string;
    status: string;
  }>(sql`select title, times_seen, users_seen, short_id, status from issues order by id`);

describe('an event', () => {
  test('becomes a row and an issue, with people, release and the deploy that was live', async () => {
    const { database, organizationId, projectId } = harness;
    const release = await database.one<{ id: string }>(sql`
      insert into releases (organization_id, version, date_created)
      values (${organizationId}, 'shop@1.4.2', ${new Date(NOON - 9e6)}) returning id`);
    const deploy = await database.one<{ id: string }>(sql`
      insert into deploys (organization_id, number, release_id, environment, date_finished)
      values (${organizationId}, 1, ${release.id}, 'production', ${new Date(NOON - 60_000)}) returning id`);
    await database.execute(sql`insert into deploy_projects values (${deploy.id}, ${projectId})`);
    const [id] = await harness.append({}, { event: { user: { email: 'ben@example.com' } } });

    await harness.processor().drain();

    const rows = await harness.clickhouse.query(rowsInEvents, {});
    expect(rows[0]).toEqual({ event_id: id, log_offset: 0, release: 'shop@1.4.2', deploy_id: deploy.id });
    const issue = await database.one(sql`
      select title, times_seen, users_seen, short_id, first_release_id, last_release_id, first_deploy_id,
        has_unhandled, first_seen, exemplar_event_id from issues`);
    expect(issue).toEqual({
      title: "TypeError: Cannot read properties of undefined (reading 'total')",
      times_seen: '2',
      users_seen: '2',
      short_id: '1',
      first_release_id: release.id,
      last_release_id: release.id,
      first_deploy_id: deploy.id,
      has_unhandled: true,
      first_seen: new Date(NOON),
      exemplar_event_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    const outbox = await database.many(sql`select kind, deploy_id, release_id from outbox`);
    expect(outbox).toEqual([{ kind: 'issue.new', deploy_id: deploy.id, release_id: release.id }]);
    expect(await harness.verify()).toEqual([]);
  });

  test('of a release that was never deployed has no deploy', async () => {
    await harness.append({ event: { release: 'shop@0.0.1' } });
    await harness.processor().drain();
    expect((await harness.clickhouse.query(rowsInEvents, {})).map((row) => row.deploy_id)).toEqual(['0']);
  });

  test('of a resolved issue reopens it and tells the alerts', async () => {
    await harness.append({});
    await harness.processor().drain();
    await harness.database.execute(sql`
      update issues set status = 'resolved', status_changed_at = ${new Date(NOON + 1_000)}`);
    await harness.append({ received: NOON + 2_000 });
    await harness.processor().drain();
    expect((await issues())[0]).toMatchObject({ status: 'unresolved', times_seen: '2' });
    const kinds = await harness.database.many<{ kind: string }>(sql`select kind from outbox order by id`);
    expect(kinds.map((row) => row.kind)).toEqual(['issue.new', 'issue.regressed']);
  });

  test('that is no JSON is invalid, and its neighbours are stored', async () => {
    const { encodeLogRecord, logKeyOf } = await import('@culprit/protocol');
    const { aLogRecord } = await import('@culprit/testkit');
    const broken = aLogRecord({ id: eventId() });
    const header = { ...broken.header, project_id: harness.projectId as typeof broken.header.project_id };
    await harness.log.append([
      {
        key: logKeyOf(header),
        value: encodeLogRecord({ header, payload: new TextEncoder().encode('{"a":') }),
      },
    ]);
    const ids = await harness.append({});
    await harness.processor().drain();
    expect(await storedIds()).toEqual(ids);
    expect(await harness.clickhouse.query(outcomesStored, {})).toEqual([
      { outcome: 'accepted', reason: '', category: 'error', quantity: 1 },
      { outcome: 'invalid', reason: 'invalid_json', category: 'error', quantity: 1 },
    ]);
  });

  test('of a project that does not exist is invalid', async () => {
    await harness.database.execute(sql`update projects set status = 'deleting'`);
    await harness.append({});
    await harness.processor().drain();
    expect(await storedIds()).toEqual([]);
    expect(await harness.clickhouse.query(outcomesStored, {})).toMatchObject([{ reason: 'project_id' }]);
  });
});

describe('a duplicate is stored and counted once', () => {
  test('in the same batch, in the next one, and after a restart', async () => {
    const id = eventId();
    await harness.append({ id }, { id });
    const processor = harness.processor();
    await processor.drain();
    await harness.append({ id });
    await processor.drain();
    await harness.append({ id });
    await harness.processor().drain();
    expect(await storedIds()).toEqual([id]);
    expect((await issues()).map((issue) => issue.times_seen)).toEqual(['1']);
    expect(await harness.clickhouse.query(outcomesStored, {})).toEqual([
      { outcome: 'accepted', reason: '', category: 'error', quantity: 1 },
      { outcome: 'invalid', reason: 'duplicate', category: 'error', quantity: 3 },
    ]);
    expect(await harness.verify()).toEqual([]);
  });

  test('after a crash between store and commit', async () => {
    const id = eventId();
    await harness.append({ id });
    const crashed = harness.processor({
      database: faultyDatabase(harness.database, (n) =>
        n === 2 ? { before: new PostgresError('connection', 'killed') } : undefined,
      ),
    });
    await expect(crashed.step()).rejects.toThrow();
    expect(await storedIds()).toEqual([id]);
    await harness.append({ id });
    await harness.processor().drain();
    expect(await storedIds()).toEqual([id]);
    expect((await issues()).map((issue) => issue.times_seen)).toEqual(['1']);
    expect(await harness.verify()).toEqual([]);
  });
});

test('a duplicate is found when the first one was only planned before a crash', async () => {
  const id = eventId();
  await harness.append({ id });
  const crashed = harness.processor({
    database: faultyDatabase(harness.database, (n) =>
      n === 1 ? { after: new PostgresError('connection', 'killed') } : undefined,
    ),
  });
  await expect(crashed.step()).rejects.toThrow();
  await harness.append({ id });
  await harness.processor().drain();
  expect(await storedIds()).toEqual([id]);
  expect(await harness.verify()).toEqual([]);
});

describe('a crash', () => {
  const lost = new PostgresError('connection', 'lost');
  const isUnclear = new Error('nobody knows what happened');
  const crashes: readonly [string, () => Parameters<ProcessorHarness['processor']>[0]][] = [
    [
      'before the plan',
      () => ({ database: faultyDatabase(harness.database, (n) => (n === 1 ? { before: lost } : undefined)) }),
    ],
    [
      'after the plan',
      () => ({ database: faultyDatabase(harness.database, (n) => (n === 1 ? { after: lost } : undefined)) }),
    ],
    ...(['events', 'outcomes'] as const).flatMap((table): typeof crashes => [
      [
        `before ${table} is stored`,
        () => ({
          clickhouse: faultyClickHouse(harness.clickhouse, {
            before: (block) => {
              if (block.table === table) throw lost;
            },
          }),
        }),
      ],
      [
        `after ${table} is stored`,
        () => ({
          clickhouse: faultyClickHouse(harness.clickhouse, {
            after: (block) => {
              if (block.table === table) throw lost;
            },
          }),
        }),
      ],
    ]),
    [
      'before the commit',
      () => ({ database: faultyDatabase(harness.database, (n) => (n === 2 ? { before: lost } : undefined)) }),
    ],
    [
      'after the commit',
      () => ({
        database: faultyDatabase(harness.database, (n) => (n === 2 ? { after: isUnclear } : undefined)),
      }),
    ],
  ];

  test.each(crashes)('%s loses nothing and counts nothing twice', async (_, overrides) => {
    const ids = await harness.append(
      {},
      { event: { release: 'shop@1.5.0' } },
      { event: { fingerprint: ['other'] } },
    );
    const crashed = harness.processor(overrides());
    // One batch is tried as a process would that dies at this point: the first failure ends it.
    await crashed.step(0, 2).catch(() => {});
    await harness.processor().drain();
    expect(await storedIds()).toEqual(ids);
    expect((await issues()).map((issue) => issue.times_seen)).toEqual(['2', '1']);
    expect(await harness.verify()).toEqual([]);
    expect(harness.alarms).toEqual([]);
  });
});

test('a batch never crosses a month of received', async () => {
  const december = Date.UTC(2026, 11, 1, 0, 0, 1);
  const ids = await harness.append({}, { received: december }, { received: december + 1 });
  const processor = harness.processor();
  expect(await processor.step()).toBe(1);
  expect(await processor.step()).toBe(3);
  expect(await storedIds()).toEqual(ids);
});

test('a log that ends before the position is refused: what is appended there would never be read', async () => {
  await harness.append({});
  await harness.processor().drain();
  await harness.database.execute(sql`update log_positions set next = 5`);
  await harness.append({});
  await expect(harness.processor().step()).rejects.toMatchObject({ code: 'log_behind_position' });
});
