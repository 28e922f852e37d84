import { ClickHouseError, count, defineQuery } from '@culprit/clickhouse';
import { PostgresError, sql } from '@culprit/postgres';
import type { LogRecord } from '@culprit/protocol';
import { aLogRecord, anEvent } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import {
  eventId,
  faultyClickHouse,
  itemRecord,
  type ProcessorHarness,
  poisonedDatabase,
  startProcessorHarness,
} from './harness.ts';

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

const MARK = 'POISONED-VALUE';

/** Twenty events, the eighth of them marked and an issue of its own. */
async function sendWithPoison(): Promise<{ readonly poison: string; readonly good: readonly string[] }> {
  const poison = eventId();
  const good: string[] = [];
  for (let i = 0; i < 20; i += 1) {
    const id = i === 7 ? poison : eventId();
    await harness.append({
      id,
      ...(i === 7 ? { event: { message: MARK, exception: undefined, fingerprint: [MARK] } } : {}),
    });
    if (i !== 7) good.push(id);
  }
  return { poison, good };
}

async function expectOnlyPoisonIsDead(poison: string, stage: string, reason: string): Promise<void> {
  const dead = await harness.database.many(
    sql`select replace(event_id::text, '-', '') as id, stage, reason from dead_letters`,
  );
  expect(dead).toEqual([{ id: poison, stage, reason }]);
  const counted = await harness.database.many<{ times_seen: string }>(
    sql`select times_seen from issues where times_seen > 0`,
  );
  expect(counted.map((issue) => issue.times_seen)).toEqual(['19']);
}

test.each(['27', '241', '252'])('ClickHouse error %s for one event harms only that event', async (code) => {
  const { poison } = await sendWithPoison();
  const clickhouse = faultyClickHouse(harness.clickhouse, {
    before: (block) => {
      if (block.table === 'events' && Buffer.from(block.body).includes(MARK)) {
        throw new ClickHouseError(code, 'injected');
      }
    },
  });
  await harness.processor({ clickhouse }).drain();
  await expectOnlyPoisonIsDead(poison, 'store', `ClickHouseError ${code}`);
  expect(await harness.verify()).toEqual([]);
});

test.each(['22P02', '22003', '23505', '23503'])(
  'PostgreSQL error %s in the plan harms only that event',
  async (code) => {
    const { poison } = await sendWithPoison();
    const database = poisonedDatabase(
      harness.database,
      (_, values) => values.includes(MARK),
      () => new PostgresError(code, 'injected'),
    );
    await harness.processor({ database }).drain();
    await expectOnlyPoisonIsDead(poison, 'plan', `PostgresError ${code}`);
    expect(await harness.verify()).toEqual([]);
  },
);

test.each(['22003', '23514'])('PostgreSQL error %s in the commit harms only that event', async (code) => {
  const { poison } = await sendWithPoison();
  const database = poisonedDatabase(
    harness.database,
    (text, values) => text.includes('update issues set') && values.includes(poison),
    () => new PostgresError(code, 'injected'),
  );
  await harness.processor({ database }).drain();
  await expectOnlyPoisonIsDead(poison, 'commit', `PostgresError ${code}`);
  // Its row was stored before: verify says so, and mends the counter from the row.
  expect(await harness.verify(true)).toMatchObject([
    { what: expect.stringContaining('events'), found: '0', expected: '1' },
    {},
  ]);
  expect(await harness.verify()).toEqual([]);
});

test('a dead letter that is appended again takes the usual path', async () => {
  const { poison } = await sendWithPoison();
  const clickhouse = faultyClickHouse(harness.clickhouse, {
    before: (block) => {
      if (Buffer.from(block.body).includes(MARK)) throw new ClickHouseError('27', 'injected');
    },
  });
  await harness.processor({ clickhouse }).drain();
  const { record } = await harness.database.one<{ record: Buffer }>(sql`select record from dead_letters`);
  await harness.log.append([{ key: `${harness.projectId}:${poison}`, value: record }]);
  await harness.processor().drain();
  const counted = await harness.database.many<{ times_seen: string }>(
    sql`select times_seen from issues order by id`,
  );
  expect(counted.map((issue) => issue.times_seen)).toEqual(['19', '1']);
  expect(await harness.verify()).toEqual([]);
});

/** A record of what ingest decided, with a quantity. */
function outcomesOf(quantity: number): LogRecord {
  const { project_id, id, received } = itemRecord(harness.projectId, { kind: 'session', json: {} }).header;
  const outcome = { outcome: 'client_discard', reason: 'sample_rate', category: 'error', key_id: 1 } as const;
  return {
    header: { kind: 'outcomes', project_id, id, received, outcomes: [{ ...outcome, quantity }] },
    payload: new Uint8Array(),
  };
}

const discarded = defineQuery({
  name: 'test_poison_discarded',
  params: {},
  row: z.object({ quantity: count }),
  sql: `SELECT sum(quantity) AS quantity FROM outcomes WHERE outcome = 'client_discard'`,
});

test('a sum that no row can hold is made of fewer records', async () => {
  await harness.appendRecords(outcomesOf(5e15), outcomesOf(4.1e15));
  await harness.append({});
  await harness.processor().drain();
  const parts = defineQuery({
    name: 'test_poison_discarded_rows',
    params: {},
    row: z.object({ quantity: count }),
    sql: `SELECT quantity FROM outcomes WHERE outcome = 'client_discard' ORDER BY quantity`,
  });
  const rows = await harness.clickhouse.query(parts, {});
  expect(rows.map(({ quantity }) => quantity)).toEqual([4.1e15, 5e15]);
  expect(await harness.database.many(sql`select id from dead_letters`)).toEqual([]);
});

test('a record with a number that no row can hold becomes a dead letter, and the others are stored', async () => {
  await harness.append({});
  await harness.appendRecords(outcomesOf(3), outcomesOf(1e16), outcomesOf(4));
  await harness.append({});
  await harness.processor().drain();
  expect(await harness.clickhouse.query(discarded, {})).toEqual([{ quantity: 7 }]);
  expect(await harness.database.many(sql`select kind, stage from dead_letters`)).toEqual([
    { kind: 'outcomes', stage: 'store' },
  ]);
  expect(await harness.verify()).toEqual([]);
});

const timesSeen = async (): Promise<readonly string[]> =>
  (await harness.database.many<{ times_seen: string }>(sql`select times_seen from issues order by id`)).map(
    (issue) => issue.times_seen,
  );

/** The record of an event, with something in its header that no ingest of ours writes. */
function eventRecord(header: Readonly<Record<string, unknown>>): LogRecord {
  const { project_id } = itemRecord(harness.projectId, { kind: 'session', json: {} }).header;
  const { payload, header: own } = aLogRecord({ project_id, id: eventId() });
  return { payload, header: { ...own, ...header } as LogRecord['header'] };
}

test('records whose header says what cannot be harm only themselves', async () => {
  const impossible: readonly (readonly [name: string, value: unknown, stage: string])[] = [
    ['received', null, 'frame'],
    ['received', 1e30, 'frame'],
    ['received', 2 ** 32 * 1000, 'frame'],
    ['received', -1, 'frame'],
    ['received', '2026-11-20', 'frame'],
    ['project_id', 2 ** 31, 'frame'],
    ['project_id', 'web', 'frame'],
    ['id', 'none', 'frame'],
    ['id', undefined, 'frame'],
    ['kind', 'event\u0000', 'frame'],
    ['payload_file', '../etc/passwd', 'fetch'],
  ];
  const processor = harness.processor();
  for (const [name, value] of impossible) {
    await harness.appendRecords(eventRecord({ [name]: value }));
    await harness.append({});
    // Each is once the first of a batch.
    await processor.drain();
  }
  expect(await harness.database.many(sql`select stage from dead_letters order by log_offset`)).toEqual(
    impossible.map(([, , stage]) => ({ stage })),
  );
  // One of them is where the next process begins.
  await harness.appendRecords(eventRecord({ received: null }));
  await harness.append({});
  await harness.processor().drain();
  expect(await timesSeen()).toEqual([String(impossible.length + 1)]);
  expect(await harness.verify()).toEqual([]);
});

test('a payload that vanishes from the file store harms only its event, also when a plan counts with it', async () => {
  const { key } = await harness.files.put(Buffer.from(JSON.stringify(anEvent({ event_id: eventId() }))));
  await harness.append({});
  await harness.appendRecords({ ...eventRecord({ payload_file: key }), payload: new Uint8Array() });
  await harness.append({});
  const clickhouse = faultyClickHouse(harness.clickhouse, {
    before: () => {
      throw new ClickHouseError('connection', 'killed');
    },
  });
  await expect(harness.processor({ clickhouse }).step()).rejects.toThrow('store failed');
  await harness.files.remove(key);
  await harness.processor().drain();
  expect(await harness.database.many(sql`select stage, reason from dead_letters`)).toEqual([
    { stage: 'fetch', reason: 'payload file is missing' },
  ]);
  expect(await timesSeen()).toEqual(['2']);
  expect(await harness.verify()).toEqual([]);
});

test('while ClickHouse is away nothing becomes a dead letter', async () => {
  await sendWithPoison();
  const away = faultyClickHouse(harness.clickhouse, {
    before: () => {
      throw new ClickHouseError('connection', 'refused');
    },
  });
  await expect(harness.processor({ clickhouse: away }).step()).rejects.toThrow('store failed');
  expect(await harness.database.many(sql`select id from dead_letters`)).toEqual([]);
  await harness.processor().drain();
  expect(await harness.verify()).toEqual([]);
});
