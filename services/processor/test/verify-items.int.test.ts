import { defineQuery } from '@culprit/clickhouse';
import { sql } from '@culprit/postgres';
import { NOON } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { eventId, type ProcessorHarness, type SentItem, startProcessorHarness } from './harness.ts';

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** What is counted or kept of items. */
const totals = defineQuery({
  name: 'test_totals_of_items',
  params: {},
  row: z.object({ sessions: z.coerce.number(), checkIns: z.coerce.number(), reports: z.coerce.number() }),
  sql: `SELECT (SELECT sum(started) FROM sessions) AS sessions, (SELECT count() FROM check_ins) AS checkIns,
    (SELECT count() FROM user_reports) AS reports`,
});
const ALL = { sessions: 2, checkIns: 1, reports: 1 };

const session = (minute: number): SentItem => ({
  kind: 'session',
  json: {
    init: true,
    started: new Date(NOON - minute * 60_000).toISOString(),
    attrs: { release: 'shop@1' },
  },
});

/** Two sessions of different minutes, a check-in, a user report, and a session that says nothing. */
async function sendItems(): Promise<void> {
  await harness.appendItems(
    session(0),
    session(1),
    { kind: 'check_in', json: { monitor_slug: 'nightly', status: 'ok' } },
    { kind: 'user_report', json: { event_id: eventId(), comments: 'broken' } },
    { kind: 'session', json: { init: true } },
  );
  await harness.processor().drain();
}

const remove = (table: string, where = '1'): Promise<void> =>
  harness.clickhouse.command(`ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync = 1`);
const double = (table: string, columns = ''): Promise<void> =>
  harness.clickhouse.command(
    `INSERT INTO ${table} SELECT * ${columns} FROM ${table}`,
    {},
    { settings: { insert_deduplicate: 0 } },
  );
const found = async (repair = false) =>
  (await harness.verify(repair)).map(({ what, expected, found: is, isMended }) => [
    what,
    expected,
    is,
    isMended,
  ]);
const counted = async () => (await harness.clickhouse.query(totals, {}))[0];

test('check-ins and user reports whose rows are gone are found, and stored again from the log', async () => {
  await sendItems();
  expect(await found()).toEqual([]);
  await remove('check_ins');
  await remove('user_reports');
  expect(await found()).toEqual([
    ['committed check-ins and user reports that have no row', '0', '2', false],
    ['check-ins, against accepted ones', '1', '0', false],
    ['accepted check-ins without a row', '0', '1', false],
    ['accepted user reports without a row', '0', '1', false],
  ]);
  expect(await found(true)).toEqual([
    ['committed check-ins and user reports that have no row', '0', '2', true],
  ]);
  expect(await counted()).toEqual(ALL);
  expect(await found()).toEqual([]);
});

test('sessions without a row, twice, and at a place where nothing was accepted are found', async () => {
  await sendItems();
  await double('sessions');
  expect(await found()).toEqual([['sessions, against different places in the log', '2', '4', false]]);
  await remove('sessions', 'log_offset = 0');
  // The place of the session that was refused.
  await double('sessions', 'REPLACE (4 AS log_offset)');
  expect(await found()).toEqual([
    ['sessions, against different places in the log', '2', '4', false],
    ['accepted sessions without a row', '0', '1', false],
    ['rows of sessions that were not accepted', '0', '2', false],
  ]);
});

test('ClickHouse from an older copy: what it does not know of items comes back from the log, once', async () => {
  await harness.append({});
  await sendItems();
  for (const table of ['sessions', 'check_ins', 'user_reports', 'outcomes']) {
    await remove(table, 'log_offset > 0');
  }
  await remove('outcomes', 'notEmpty(record_ids)');
  expect((await found(true))[0]).toEqual([
    'committed records that are no events and have no outcome',
    '0',
    '5',
    true,
  ]);
  await harness.processor().drain();
  expect(await counted()).toEqual(ALL);
  expect(await found()).toEqual([]);
});

test('what people said goes with a deleted issue, and is not missed', async () => {
  await sendItems();
  await harness.database.execute(sql`
    insert into deletions (kind, organization_id, project_id, hashes, topic, offsets, created_at, finished_at)
    values ('issue', ${harness.organizationId}, ${harness.projectId}, '{}', 'events', '{}', ${new Date(NOON + 1)}, ${new Date(NOON + 2)})`);
  await remove('user_reports');
  expect(await found()).toEqual([]);
  expect(await found(true)).toEqual([]);
  expect(await counted()).toEqual({ ...ALL, reports: 0 });
});
