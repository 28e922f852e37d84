import { defineQuery } from '@culprit/clickhouse';
import { sql } from '@culprit/postgres';
import { parseEventId } from '@culprit/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { finishOpenDeletions } from '../../services/processor/maintenance/finish-deletions.ts';
import { retain } from '../../services/processor/maintenance/retain.ts';
import {
  eventId,
  itemRecord,
  type ProcessorHarness,
  startProcessorHarness,
  TOPIC,
} from '../../services/processor/test/harness.ts';
import { deleteIssues, deleteProject } from '../../services/web/server/store/deletions.ts';
import { addProject, issues, rowsOfProject, send } from './stores.ts';

/** Noon is 20 November 2026: 90 days before is 22 August, 30 days before is 21 October. */
const JULY = Date.UTC(2026, 6, 5, 8);
const OCTOBER = Date.UTC(2026, 9, 1, 8);
const NOVEMBER = Date.UTC(2026, 10, 10, 8);
const never = new AbortController().signal;

const kept = defineQuery({
  name: 'test_retention_items',
  params: {},
  row: z.object({ what: z.string(), project: z.number(), day: z.string() }),
  sql: `SELECT what, project, toString(toDate(at)) AS day FROM (
      SELECT 'sessions' AS what, project_id AS project, received AS at FROM sessions
      UNION ALL SELECT 'check_ins', project_id, received FROM check_ins
      UNION ALL SELECT 'user_reports', project_id, received FROM user_reports
    ) ORDER BY what, project, day`,
});

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** A session, a check-in and a report on an event. */
async function sendItems(project: number, received: number, event: string): Promise<void> {
  const header = { received };
  const attrs = { release: 'shop@1' };
  const started = new Date(received).toISOString();
  await harness.appendRecords(
    itemRecord(project, { kind: 'session', header, json: { init: true, started, did: 'ada', attrs } }),
    itemRecord(project, { kind: 'check_in', header, json: { monitor_slug: 'nightly', status: 'ok' } }),
    itemRecord(project, { kind: 'user_report', header, json: { event_id: event, comments: 'broken' } }),
  );
}

const what = async (): Promise<readonly string[]> =>
  (await harness.clickhouse.query(kept, {})).map((row) => `${row.what} ${row.project} ${row.day}`);

test('sessions, check-ins and reports are kept for as long as events', async () => {
  const long = harness.projectId;
  const short = await addProject(harness, 'short', { eventRetention: 30 });
  for (const [project, received] of [
    [long, JULY],
    [long, OCTOBER],
    [short, OCTOBER],
    [short, NOVEMBER],
  ] as const) {
    await sendItems(project, received, eventId());
  }
  await harness.processor().drain();
  const { droppedMonths } = await retain(harness.context, 90, never);
  expect(droppedMonths).toEqual(
    expect.arrayContaining(['sessions 202607', 'check_ins 202607', 'user_reports 202607']),
  );
  expect(await what()).toEqual(
    ['check_ins', 'sessions', 'user_reports'].flatMap((table) => [
      `${table} ${long} 2026-10-01`,
      `${table} ${short} 2026-11-10`,
    ]),
  );
});

test('a deleted issue takes what people said about its events, and nothing else', async () => {
  const project = harness.projectId;
  const event = parseEventId(await send(harness, project, 'a', { received: NOVEMBER })) ?? '';
  await sendItems(project, NOVEMBER, event);
  await sendItems(project, NOVEMBER, 'f'.repeat(32));
  await harness.processor().drain();
  const [issue] = await issues(harness.database, project);
  await deleteIssues(harness.database, {
    ids: [issue?.id ?? ''],
    discard: false,
    topic: TOPIC,
    userId: null,
    now: new Date(harness.clock.now()),
  });
  expect(await finishOpenDeletions(harness.context, never)).toBe(1);
  expect((await what()).map((row) => row.split(' ')[0])).toEqual([
    'check_ins',
    'check_ins',
    'sessions',
    'user_reports',
  ]);
});

test('a deleted project takes everything', async () => {
  const gone = await addProject(harness, 'gone');
  await sendItems(gone, NOVEMBER, 'e'.repeat(32));
  await harness.processor().drain();
  expect(await rowsOfProject(harness, gone)).toBeGreaterThanOrEqual(4);
  await deleteProject(harness.database, {
    projectId: gone,
    topic: TOPIC,
    userId: null,
    now: new Date(harness.clock.now()),
  });
  harness.clock.advance(180_000);
  expect(await finishOpenDeletions(harness.context, never)).toBe(1);
  expect(await rowsOfProject(harness, gone)).toBe(0);
  expect(await harness.database.many(sql`select * from release_projects where project_id = ${gone}`)).toEqual(
    [],
  );
});
