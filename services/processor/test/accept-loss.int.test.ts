import type { EventLog } from '@culprit/event-log';
import { PostgresError } from '@culprit/postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runAcceptLoss } from '../mend/loss-command.ts';
import { readPositions } from '../store/positions.ts';
import { verify } from '../verify/verify.ts';
import { faultyDatabase, type ProcessorHarness, startProcessorHarness, TestProcessor } from './harness.ts';

const NOTHING = { partition: undefined, to: undefined, isConfirmed: false };

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** The harness's log as brokers have it whose retention has dropped everything below `start`. */
function droppedBelow(start: number): EventLog {
  const { log } = harness;
  return {
    topic: log.topic,
    partitions: log.partitions,
    dropsUnread: true,
    append: (records) => log.append(records),
    read: (partition, position, limits) => log.read(partition, Math.max(position, start), limits),
    consume: (handler, options) => log.consume(handler, options),
    trim: (partition, position) => log.trim(partition, position),
    lag: async () => (await log.lag()).map((of) => ({ ...of, start: Math.max(of.start, start) })),
    close: async () => {},
  };
}

async function run(log: EventLog, wish: Parameters<typeof runAcceptLoss>[0] = NOTHING) {
  const lines: string[] = [];
  const code = await runAcceptLoss(wish, { log, context: harness.context }, (line) => void lines.push(line));
  return { code, said: lines.join('\n') };
}

async function position(): Promise<number | undefined> {
  return (await readPositions(harness.database, harness.context.topic)).get(0);
}

function verified(log: EventLog) {
  return verify(log, harness.context, { repair: false, onProgress: () => {} });
}

test('records that are gone are given up only by who names where the log starts and says yes; then processing goes on, and verify tells of the loss', async () => {
  await harness.append({}, {}, {}, {}, {}, {});
  await harness.processor().step(0, 2);
  const log = droppedBelow(4);
  const processor = new TestProcessor(log, harness.context);
  await expect(processor.step()).rejects.toMatchObject({ code: 'log_start_passed_position' });

  const shown = await run(log);
  expect(shown.code).toBe(1);
  expect(shown.said).toContain('records 2 to 3 (2) were dropped by the log');
  expect(shown.said).toContain('culprit log accept-loss 0 --to 4 --yes');
  const wishes = [
    { partition: 0, to: 4, isConfirmed: false },
    { partition: 0, to: 3, isConfirmed: true },
    { partition: 0, to: 5, isConfirmed: true },
    { partition: 0, to: undefined, isConfirmed: true },
  ];
  for (const wish of wishes) {
    expect(await run(log, wish)).toMatchObject({
      code: 1,
      said: expect.stringContaining('Nothing was changed.'),
    });
  }
  expect(await position()).toBe(2);
  expect((await verified(log)).losses).toEqual([]);

  const accepted = await run(log, { partition: 0, to: 4, isConfirmed: true });
  expect(accepted).toMatchObject({ code: 0, said: expect.stringContaining('goes on at 4') });
  await processor.drain();
  expect(await position()).toBe(6);
  const { findings, rows, losses } = await verified(log);
  expect({ findings, rows }).toEqual({ findings: [], rows: 4 });
  expect(losses).toEqual([
    {
      topic: harness.context.topic,
      partition: 0,
      first: 2,
      next: 4,
      acceptedAt: new Date(harness.clock.now()),
      acceptedBy: expect.stringContaining('@'),
    },
  ]);
  expect(await run(log)).toEqual({ code: 0, said: 'Nothing is missing.' });
});

test('where nothing is missing there is nothing to give up', async () => {
  await harness.append({}, {});
  await harness.processor().step(0, 1);
  const wish = { partition: 0, to: 2, isConfirmed: true };
  expect(await run(droppedBelow(1), wish)).toEqual({ code: 1, said: 'Nothing is missing in partition 0.' });
  expect(await position()).toBe(1);
});

test.each([
  ['ends among the records that are gone', 5],
  ['goes on behind them', 3],
])('of a batch that was stored and not committed and %s every row is counted once', async (_, start) => {
  await harness.append({}, {}, {}, {});
  const killed = new PostgresError('connection', 'killed');
  const database = faultyDatabase(harness.database, (n) => (n === 2 ? { before: killed } : undefined));
  await expect(harness.processor({ database }).step()).rejects.toThrow('commit failed');
  await harness.append({}, {}, {});

  const log = droppedBelow(start);
  const accepted = await run(log, { partition: 0, to: start, isConfirmed: true });
  expect(accepted, accepted.said).toMatchObject({
    code: 0,
    said: expect.stringContaining('verify --repair'),
  });
  await new TestProcessor(log, harness.context).drain();
  await harness.verify(true);
  // Of the seven: what was stored in time, and what the log still had.
  const left = new Set([0, 1, 2, 3, ...[4, 5, 6].filter((offset) => offset >= start)]);
  const { findings, rows } = await verified(log);
  expect({ findings, rows }).toEqual({ findings: [], rows: left.size });
});
