import { defineQuery } from '@culprit/clickhouse';
import { PostgresError, sql } from '@culprit/postgres';
import type { LogRecord, ProjectId } from '@culprit/protocol';
import { aLogRecord, NOON } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import {
  eventId,
  faultyDatabase,
  itemRecord,
  type ProcessorHarness,
  startProcessorHarness,
} from './harness.ts';

/** Everything that is counted or kept of records that are no events. */
const totals = defineQuery({
  name: 'test_totals_of_records',
  params: {},
  row: z.object({ what: z.string(), n: z.coerce.number() }),
  sql: `SELECT what, sum(n) AS n FROM (
      SELECT 'sessions' AS what, sum(started) AS n FROM sessions
      UNION ALL SELECT 'check-ins', count() FROM check_ins
      UNION ALL SELECT 'reports', count() FROM user_reports
      UNION ALL SELECT 'attachments', count() FROM attachments
      UNION ALL SELECT concat(category, ' ', outcome, ' ', reason), sum(quantity) FROM outcomes GROUP BY category, outcome, reason
    ) GROUP BY what ORDER BY what`,
});

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** One record of each kind that is no event, with ids of their own. */
function records(): readonly LogRecord[] {
  const item = (kind: 'session' | 'user_report' | 'check_in', json: unknown): LogRecord =>
    itemRecord(harness.projectId, { kind, json });
  const { project_id } = item('session', {}).header;
  const nothing = new Uint8Array();
  return [
    item('session', { init: true, started: new Date(NOON).toISOString(), attrs: { release: 'shop@1' } }),
    item('check_in', { monitor_slug: 'nightly', status: 'ok' }),
    item('user_report', { event_id: eventId(), comments: 'broken' }),
    item('session', { init: true }), // invalid
    {
      header: {
        kind: 'attachment',
        project_id,
        id: eventId(),
        received: NOON,
        key_id: 1,
        event_id: eventId(),
        attachments: [
          { file: 'aa', name: 'a.log', attachment_type: 'event.attachment', size: 100, sha1: 'b'.repeat(40) },
        ],
      },
      payload: nothing,
    },
    {
      header: {
        kind: 'outcomes',
        project_id,
        id: eventId(),
        received: NOON,
        outcomes: [
          { key_id: 1, outcome: 'client_discard', reason: 'sample_rate', category: 'error', quantity: 5 },
          { key_id: 2, outcome: 'rate_limited', reason: 'quota', category: 'error', quantity: 3 },
        ],
      },
      payload: nothing,
    },
  ];
}

function projectId(): ProjectId {
  return itemRecord(harness.projectId, { kind: 'session', json: {} }).header.project_id;
}

const ONCE = {
  sessions: 1,
  'check-ins': 1,
  reports: 1,
  attachments: 1,
  'session accepted ': 1,
  'session invalid payload': 1,
  'monitor accepted ': 1,
  'feedback accepted ': 1,
  'attachment accepted ': 100,
  'attachment_item accepted ': 1,
  'error client_discard sample_rate': 5,
  'error rate_limited quota': 3,
};
const counted = async (): Promise<Record<string, number>> =>
  Object.fromEntries((await harness.clickhouse.query(totals, {})).map(({ what, n }) => [what, n]));

test('records that lie in the log twice count once: in one batch', async () => {
  const sent = records();
  await harness.appendRecords(...sent, ...sent);
  await harness.processor().drain();
  expect(await counted()).toEqual(ONCE);
});

test('… in the next batch', async () => {
  const sent = records();
  const processor = harness.processor();
  await harness.appendRecords(...sent);
  await processor.drain();
  await harness.appendRecords(...sent);
  await processor.drain();
  expect(await counted()).toEqual(ONCE);
});

test('… and after a restart', async () => {
  const sent = records();
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  expect(await counted()).toEqual(ONCE);
});

test('a processor that dies between store and commit takes its own rows for no duplicates', async () => {
  const killed = new PostgresError('connection', 'killed');
  const sent = records();
  await harness.appendRecords(...sent);
  const database = faultyDatabase(harness.database, (n) => (n === 2 ? { before: killed } : undefined));
  await expect(harness.processor({ database }).step()).rejects.toThrow();
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  expect(await counted()).toEqual(ONCE);
  expect(await harness.database.many(sql`select * from batch_plans`)).toEqual([]);
});

test('… in two partitions, after the log got another number of them', async () => {
  const sent = records();
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  await harness.appendRecords(...sent);
  // The new log begins above all offsets of the old one.
  await harness.processor({ firstOffset: sent.length }).drain();
  expect(await counted()).toEqual(ONCE);
});

test('… after processing stood still for longer than ids are known, in the next batch and after a restart', async () => {
  const sent = [...records(), aLogRecord({ project_id: projectId(), id: eventId() })];
  harness.clock.advance(8 * 24 * 3600 * 1000);
  const processor = harness.processor();
  await harness.appendRecords(...sent, ...sent, ...sent);
  expect(await processor.step(0, sent.length)).toBe(sent.length);
  expect(await processor.step(0, sent.length)).toBe(2 * sent.length);
  await harness.processor().drain();
  expect(await counted()).toEqual({ ...ONCE, 'error accepted ': 1, 'error invalid duplicate': 2 });
});

test('… after weeks, as when a process dies while it replays dead letters', async () => {
  const sent = [...records(), aLogRecord({ project_id: projectId(), id: eventId() })];
  harness.clock.advance(20 * 24 * 3600 * 1000);
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  // The process that comes next begins with a record of today.
  await harness.append({ received: harness.clock.now() });
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  expect(await counted()).toEqual({ ...ONCE, 'error accepted ': 2, 'error invalid duplicate': 1 });
});

test('a record that was counted twice all the same is found by verify', async () => {
  const sent = records();
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  expect(await harness.verify()).toEqual([]);
  await harness.clickhouse.command(
    'INSERT INTO check_ins SELECT * FROM check_ins',
    {},
    { settings: { insert_deduplicate: 0 } },
  );
  await harness.clickhouse.command(
    "INSERT INTO outcomes SELECT * FROM outcomes WHERE category = 'monitor'",
    {},
    { settings: { insert_deduplicate: 0 } },
  );
  expect((await harness.verify()).map(({ what, expected, found }) => [what, expected, found])).toEqual([
    ['records that are no events, against different ids', '6', '7'],
    ['records that are no events, against different places in the log', '6', '7'],
    ['check-ins, against different places in the log', '1', '2'],
  ]);
});

test('the same id in another project, or of an event, is another record', async () => {
  const [session] = records();
  if (session === undefined) throw new Error('no record');
  const { id, project_id } = session.header;
  await harness.appendRecords(session, aLogRecord({ project_id, id }));
  await harness.processor().drain();
  await harness.appendRecords(aLogRecord({ project_id, id: eventId() }));
  await harness.processor().drain();
  expect(await counted()).toMatchObject({ sessions: 1, 'error accepted ': 2 });
});

test('a PostgreSQL that was put back repeats nothing that ClickHouse has', async () => {
  const sent = records();
  await harness.appendRecords(...sent);
  await harness.processor().drain();
  await harness.database.execute(sql`delete from log_positions`);
  await harness.processor().drain(4);
  expect(await counted()).toEqual(ONCE);
});

test('… also where all of a batch was refused', async () => {
  await harness.appendRecords(...records().slice(3, 4));
  await harness.processor().drain();
  await harness.database.execute(sql`delete from log_positions`);
  await harness.processor().drain();
  expect(await counted()).toMatchObject({ 'session invalid payload': 1 });
});
