import { defineQuery } from '@culprit/clickhouse';
import { json, sql } from '@culprit/postgres';
import { encodeLogRecord, logKeyOf } from '@culprit/protocol';
import { aLogRecord, anEvent, NOON } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { eventId, type ProcessorHarness, type SentItem, startProcessorHarness } from './harness.ts';

const MINUTE = 60_000;
const numbers = z.array(z.string());
const sessionsStored = defineQuery({
  name: 'test_sessions_stored',
  params: {},
  row: z.object({
    minute: z.number(),
    release: z.string(),
    environment: z.string(),
    started: z.coerce.number(),
    errored: z.coerce.number(),
    errored_sids: numbers,
    crashed_sids: numbers,
    users: numbers,
    crashed_users: numbers,
  }),
  sql: `SELECT toUnixTimestamp(minute) AS minute, release, environment, started, errored, errored_sids, crashed_sids, users, crashed_users
    FROM sessions ORDER BY minute, release`,
});
const checkInsStored = defineQuery({
  name: 'test_check_ins_stored',
  params: {},
  row: z.object({ id: z.string(), monitor: z.string(), status: z.string(), duration: z.number().nullable() }),
  sql: `SELECT replaceAll(toString(check_in_id), '-', '') AS id, monitor, status, duration FROM check_ins ORDER BY log_offset`,
});
const reportsStored = defineQuery({
  name: 'test_reports_stored',
  params: {},
  row: z.object({ name: z.string(), email: z.string(), comments: z.string() }),
  sql: 'SELECT name, email, comments FROM user_reports ORDER BY received, log_offset',
});
const feedbackStored = defineQuery({
  name: 'test_feedback_stored',
  params: {},
  row: z.object({ hash: z.string(), title: z.string(), payload: z.string() }),
  sql: 'SELECT toString(grouping_hash) AS hash, title, payload FROM events',
});
const outcomesStored = defineQuery({
  name: 'test_item_outcomes',
  params: {},
  row: z.object({
    outcome: z.string(),
    reason: z.string(),
    category: z.string(),
    quantity: z.coerce.number(),
  }),
  sql: `SELECT outcome, reason, category, sum(quantity) AS quantity FROM outcomes
    GROUP BY outcome, reason, category ORDER BY category, outcome, reason`,
});

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

const outcomes = async (): Promise<string[]> =>
  (await harness.clickhouse.query(outcomesStored, {})).map(
    ({ outcome, reason, category, quantity }) => `${category} ${outcome} ${reason} ${quantity}`,
  );
const sid = (n: number): string => n.toString(16).padStart(32, '0');
const session = (facts: object, header: SentItem['header'] = {}): SentItem => ({
  kind: 'session',
  json: {
    started: new Date(NOON - 30_000).toISOString(),
    timestamp: new Date(NOON).toISOString(),
    attrs: { release: 'shop@1', environment: 'production' },
    ...facts,
  },
  header,
});

describe('sessions', () => {
  test('are summed by minute of their start, release and environment, and kept apart by id and person where that counts', async () => {
    await harness.appendItems(
      session({ sid: sid(1), init: true, did: 'ada' }),
      session({ sid: sid(1), status: 'crashed', did: 'ada' }),
      session({ sid: sid(2), init: true, did: 'ben', errors: 1 }),
      session({ sid: sid(3), init: true, status: 'exited' }),
      session({ sid: sid(4), init: true, attrs: { release: 'shop@2' } }),
      {
        kind: 'session',
        type: 'sessions',
        json: {
          aggregates: [{ started: new Date(NOON - MINUTE).toISOString(), exited: 7, crashed: 2 }],
          attrs: { release: 'shop@1', environment: 'production' },
        },
      },
    );
    await harness.processor().drain();

    const rows = await harness.clickhouse.query(sessionsStored, {});
    expect(rows).toMatchObject([
      {
        minute: (NOON - MINUTE) / 1000,
        release: 'shop@1',
        environment: 'production',
        started: 12,
        errored: 2,
      },
      { minute: (NOON - MINUTE) / 1000, release: 'shop@2', environment: '', started: 1, errored: 0 },
    ]);
    const [first] = rows;
    expect(first?.errored_sids).toHaveLength(2);
    expect(first?.crashed_sids).toHaveLength(1);
    expect(first?.users).toHaveLength(2);
    expect(first?.crashed_users).toHaveLength(1);
    expect(await outcomes()).toEqual(['session accepted  6']);
    expect(await harness.verify()).toEqual([]);
  });

  test('make their release and environment known to the project', async () => {
    await harness.appendItems(session({ sid: sid(1), init: true }));
    await harness.processor().drain();
    const known = await harness.database.many(sql`
      select r.version, rp.project_id, rp.first_event, e.name as environment
      from releases r join release_projects rp on rp.release_id = r.id join environments e on e.project_id = rp.project_id`);
    expect(known).toEqual([
      { version: 'shop@1', project_id: harness.projectId, first_event: null, environment: 'production' },
    ]);
  });

  test('that cannot be counted have an outcome that says why', async () => {
    await harness.appendItems(
      { kind: 'session', json: 'not json' },
      session({ attrs: {} }),
      session({ started: new Date(NOON - 6 * 24 * 3600_000).toISOString() }),
      session({ init: true }, otherProject()),
    );
    await harness.processor().drain();
    expect(await harness.clickhouse.query(sessionsStored, {})).toEqual([]);
    expect(await outcomes()).toEqual([
      'session invalid invalid_json 1',
      'session invalid payload 1',
      'session invalid project_id 1',
      'session invalid timestamp 1',
    ]);
  });

  test('that a filter of the project takes out are counted as filtered', async () => {
    await harness.database.execute(sql`
      update projects set settings = ${json({ options: { 'filters:releases': 'shop@1' } })}::jsonb where id = ${harness.projectId}`);
    await harness.appendItems(session({ init: true }), session({ init: true, attrs: { release: 'shop@2' } }));
    await harness.processor().drain();
    expect((await harness.clickhouse.query(sessionsStored, {})).map((row) => row.release)).toEqual([
      'shop@2',
    ]);
    expect(await outcomes()).toEqual(['session accepted  1', 'session filtered release-version 1']);
  });
});

function otherProject(): NonNullable<SentItem['header']> {
  const { project_id } = aLogRecord({}).header;
  return { project_id: (Number(project_id) + 4_000) as typeof project_id };
}

test('check-ins are kept as they came, one row per message', async () => {
  const id = eventId();
  await harness.appendItems(
    { kind: 'check_in', json: { check_in_id: id, monitor_slug: 'Nightly', status: 'in_progress' } },
    { kind: 'check_in', json: { check_in_id: id, monitor_slug: 'nightly', status: 'ok', duration: 12.5 } },
    { kind: 'check_in', json: { check_in_id: id, monitor_slug: 'nightly', status: 'perhaps' } },
    { kind: 'check_in', json: { check_in_id: id, status: 'ok' } },
  );
  await harness.processor().drain();
  expect(await harness.clickhouse.query(checkInsStored, {})).toEqual([
    { id, monitor: 'nightly', status: 'in_progress', duration: null },
    { id, monitor: 'nightly', status: 'ok', duration: 12.5 },
  ]);
  expect(await outcomes()).toEqual(['monitor accepted  2', 'monitor invalid payload 2']);
});

describe('user reports', () => {
  const report = (event_id: string, comments: string, received = NOON): SentItem => ({
    kind: 'user_report',
    json: { event_id, name: 'Ada', email: 'ada@example.com', comments },
    header: { received },
  });

  test('may come before their event, are trimmed, and null is empty', async () => {
    const id = eventId();
    await harness.appendItems(
      { kind: 'user_report', json: { event_id: id, name: null, email: null, comments: '  It broke. \n' } },
      { kind: 'user_report', json: { event_id: eventId(), name: 'Ben' } },
    );
    await harness.processor().drain();
    await harness.append({ id });
    await harness.processor().drain();
    expect(await harness.clickhouse.query(reportsStored, {})).toEqual([
      { name: '', email: '', comments: 'It broke.' },
      { name: 'Ben', email: '', comments: 'No message' },
    ]);
    expect(await outcomes()).toEqual(['error accepted  1', 'feedback accepted  2']);
  });

  test('are corrected within five minutes and refused later, in one batch and over several', async () => {
    const id = eventId();
    await harness.appendItems(report(id, 'first'), report(id, 'second', NOON + 5 * MINUTE));
    const processor = harness.processor();
    await processor.drain();
    await harness.appendItems(report(id, 'third', NOON + 5 * MINUTE + 1));
    await processor.drain();
    await harness.appendItems(
      report(eventId(), 'other', NOON),
      report(id, 'fourth', NOON + 4 * MINUTE), // within five minutes of the first
    );
    await harness.processor().drain();
    const comments = (await harness.clickhouse.query(reportsStored, {})).map((row) => row.comments);
    expect(comments).toEqual(['first', 'other', 'fourth', 'second']);
    expect(await outcomes()).toEqual(['feedback accepted  4', 'feedback invalid duplicate_item 1']);
  });

  test('are refused for an event that is older than half an hour', async () => {
    const [old, young] = await harness.append(
      { received: NOON - 30 * MINUTE - 1 },
      { received: NOON - 30 * MINUTE },
    );
    await harness.processor().drain();
    await harness.appendItems(report(old ?? '', 'too late'), report(young ?? '', 'just in time'));
    await harness.processor().drain();
    const comments = (await harness.clickhouse.query(reportsStored, {})).map((row) => row.comments);
    expect(comments).toEqual(['just in time']);
    expect(await outcomes()).toContain('feedback invalid timestamp 1');
  });

  test('with a bad address or id are refused', async () => {
    await harness.appendItems(
      { kind: 'user_report', json: { event_id: eventId(), email: 'nobody' } },
      { kind: 'user_report', json: { event_id: 'none', email: 'ada@example.com' } },
      { kind: 'user_report', json: '{' },
    );
    await harness.processor().drain();
    expect(await outcomes()).toEqual(['feedback invalid invalid_json 1', 'feedback invalid payload 2']);
  });
});

test('feedback is stored as an event of its own and makes no issue', async () => {
  const event = anEvent({
    type: 'feedback',
    exception: undefined,
    contexts: { feedback: { message: 'Nothing works\nat all', contact_email: 'ada@example.com' } },
  });
  const record = aLogRecord({ item_type: 'feedback', event });
  const header = {
    ...record.header,
    project_id: harness.projectId as typeof record.header.project_id,
  };
  await harness.log.append([{ key: logKeyOf(header), value: encodeLogRecord({ ...record, header }) }]);
  await harness.append({});
  await harness.processor().drain();

  const rows = await harness.clickhouse.query(feedbackStored, {});
  const feedback = rows.find((row) => row.hash === '0');
  expect(feedback?.title).toBe('Nothing works');
  expect(JSON.parse(feedback?.payload ?? '{}')).toMatchObject({
    type: 'feedback',
    contexts: { feedback: { contact_email: 'ada@example.com' } },
  });
  expect(await harness.database.many(sql`select times_seen from issues`)).toEqual([{ times_seen: '1' }]);
  expect(await outcomes()).toEqual(['error accepted  1', 'feedback accepted  1']);
  expect(await harness.verify()).toEqual([]);
});
