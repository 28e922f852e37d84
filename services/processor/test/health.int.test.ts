import { sql } from '@culprit/postgres';
import { encodeLogRecord, parseProjectId } from '@culprit/protocol';
import { aLogRecord, eventually, NOON } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { someBelongTo } from '../own-records.ts';
import { type Progress, watchProgress } from '../progress.ts';
import { watchReplays } from '../replays.ts';
import { type ProcessorHarness, startProcessorHarness } from './harness.ts';

let harness: ProcessorHarness;
let progress: Progress;
let owned: ReadonlySet<number> = new Set([0]);

beforeAll(async () => {
  harness = await startProcessorHarness();
  progress = watchProgress(harness.log, harness.context, new AbortController().signal, () => owned);
});
afterAll(async () => {
  progress.stop();
  await harness.stop();
});

async function healthAfter(seconds: number) {
  harness.clock.advance(seconds * 1000);
  await progress.look();
  return progress.health();
}

test('an empty log is no reason to be not ready, however long it stays empty', async () => {
  await progress.look();
  expect(await healthAfter(3_600)).toEqual({
    ready: true,
    detail: undefined,
    facts: { lag: 0, oldestSeconds: 0 },
  });
});

test('a record that waits while the position stands still makes the processor not ready, until the position moves', async () => {
  await harness.append({ received: harness.clock.now() }, { received: harness.clock.now() });
  expect(await healthAfter(1)).toMatchObject({ ready: true, facts: { lag: 2 } });
  expect(await harness.processor().step(0, 1)).toBe(1);
  expect(await healthAfter(1)).toMatchObject({ ready: true, facts: { lag: 1 } });
  let draining: Promise<void> | undefined;
  await harness.database.transaction(async (tx) => {
    // Nobody can move the position: plans and commits wait for this row, as behind a transaction that was forgotten.
    await tx.many(sql`select from log_positions for update`);
    draining = harness.processor().drain();
    await eventually('the processor waits for the row', async () => {
      const waiting = await tx.many(sql`select from pg_locks where not granted`);
      return waiting.length > 0;
    });
    expect(await healthAfter(117)).toMatchObject({ ready: true });
    expect(await healthAfter(5)).toMatchObject({
      ready: false,
      detail: 'work does not move in partition 0: the oldest record waits for 124 s',
    });
  });
  await draining;
  expect(await healthAfter(5)).toMatchObject({ ready: true, facts: { lag: 0 } });
});

test('a partition that stands still is the trouble of its owner, and of a process that owns none', async () => {
  await harness.append({ received: harness.clock.now() });
  for (const [partitions, ready] of [
    [[1], true],
    [[0], false],
    [[], false],
  ] as const) {
    owned = new Set(partitions);
    await progress.look();
    expect(await healthAfter(125)).toMatchObject({ ready, facts: { lag: 1 } });
  }
  // Who takes it over has its time, however long it stood before.
  owned = new Set([1]);
  await progress.look();
  owned = new Set([0]);
  expect(await healthAfter(1)).toMatchObject({ ready: true });
  await harness.processor().drain();
});

test('a log that lacks what comes next is told by the owner of the partition', async () => {
  await harness.database.execute(sql`update log_positions set next = next + 1000`);
  owned = new Set([0]);
  await expect(progress.look()).rejects.toMatchObject({ code: 'log_behind_position' });
  expect(progress.health()).toMatchObject({
    ready: false,
    detail: expect.stringContaining('restore the log'),
  });
  owned = new Set([1]);
  expect(await healthAfter(1)).toMatchObject({ ready: true });
  await harness.database.execute(sql`update log_positions set next = next - 1000`);
  owned = new Set([0]);
  expect(await healthAfter(1)).toMatchObject({ ready: true });
});

test('a backlog that is old but is worked on is no reason to be not ready', async () => {
  for (let i = 0; i < 3; i++) await harness.append({ received: NOON - 3_600_000 });
  const processor = harness.processor();
  for (let i = 0; i < 3; i++) {
    expect(await healthAfter(100)).toMatchObject({ ready: true });
    await processor.step(0, 1);
  }
});

test('a database that does not answer makes the processor not ready', async () => {
  await harness.database.execute(sql`alter table log_positions rename to hidden`);
  await expect(progress.look()).rejects.toThrow();
  expect(progress.health()).toMatchObject({ ready: false, detail: 'the look failed (PostgresError 42P01)' });
  await harness.database.execute(sql`alter table hidden rename to log_positions`);
  expect(await healthAfter(1)).toMatchObject({ ready: true });
});

test('records of a project are found by their header', () => {
  const seven = parseProjectId(7);
  const seventy = parseProjectId(70);
  if (seven === undefined || seventy === undefined) throw new Error('no project ids');
  const records = [{ offset: 3, value: encodeLogRecord(aLogRecord({ project_id: seven })) }];
  expect(someBelongTo(7, records)).toBe(true);
  expect(someBelongTo(70, records)).toBe(false);
  expect(someBelongTo(7, [{ offset: 1, value: encodeLogRecord(aLogRecord({ project_id: seventy })) }])).toBe(
    false,
  );
});

test('a dead letter that a person wants replayed is appended once and closed; a torn one stays', async () => {
  const record = encodeLogRecord(aLogRecord({ project_id: parseProjectId(harness.projectId) ?? never() }));
  await harness.database.execute(sql`
    insert into dead_letters (topic, partition, log_offset, kind, stage, reason, record, replay_requested_at)
    values ('events', 0, 9001, 'event', 'normalize', 'RangeError', ${Buffer.from(record)}, now()),
           ('events', 0, 9002, 'event', 'frame', 'LogRecordError', ${Buffer.from([9, 9])}, now()),
           ('events', 0, 9003, 'event', 'normalize', 'RangeError', ${Buffer.from(record)}, null)`);
  const [before] = await harness.log.lag();
  const replays = watchReplays(harness.log, harness.context);
  expect(await replays.look()).toBe(1);
  expect(await replays.look()).toBe(0);
  await replays.stop();
  const [after] = await harness.log.lag();
  expect((after?.end ?? 0) - (before?.end ?? 0)).toBe(1);
  const open = await harness.database.many(sql`
    select log_offset, replay_requested_at from dead_letters where replayed_at is null order by id`);
  expect(open).toEqual([
    { log_offset: '9002', replay_requested_at: null },
    { log_offset: '9003', replay_requested_at: null },
  ]);
});

function never(): never {
  throw new Error('no project id');
}
