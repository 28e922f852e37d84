import { utimes } from 'node:fs/promises';
import { pathInFolder } from '@culprit/files';
import { sql } from '@culprit/postgres';
import { NOON } from '@culprit/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { retain } from '../../services/processor/maintenance/retain.ts';
import { sweepFiles } from '../../services/processor/maintenance/sweep-files.ts';
import { type ProcessorHarness, startProcessorHarness } from '../../services/processor/test/harness.ts';
import { addProject, DAY_MS, issues, keptExemplars, send, storedEvents } from './stores.ts';

/** Noon is 20 November 2026: 90 days before is 22 August, 30 days before is 21 October. */
const JULY = Date.UTC(2026, 6, 5, 8);
const OCTOBER = Date.UTC(2026, 9, 1, 8);
const NOVEMBER = Date.UTC(2026, 10, 10, 8);
const never = new AbortController().signal;

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

interface Story {
  readonly long: number;
  readonly short: number;
  /** By what becomes of them. */
  readonly kept: readonly string[];
  readonly exemplars: readonly string[];
}

/** A project that keeps 90 days, as the installation does, and one that keeps 30. */
async function tell(): Promise<Story> {
  const long = harness.projectId;
  const short = await addProject(harness, 'short', { eventRetention: 30 });
  const first = await send(harness, long, 'a', { received: JULY });
  await send(harness, long, 'a', { received: JULY + 1 });
  const only = await send(harness, long, 'b', { received: JULY + 2 });
  const middle = await send(harness, short, 'c', { received: OCTOBER });
  const kept = [
    await send(harness, long, 'a', { received: NOVEMBER }),
    await send(harness, short, 'c', { received: NOVEMBER + 1 }),
  ];
  await harness.processor().drain();
  return { long, short, kept, exemplars: [first, only, middle] };
}

async function expectRetained({ long, short, kept, exemplars }: Story): Promise<void> {
  expect(await storedEvents(harness)).toEqual(kept);
  expect(await keptExemplars(harness)).toEqual(exemplars);
  // Counters are of the whole life of an issue.
  expect((await issues(harness.database, long)).map((issue) => issue.times_seen)).toEqual(['3', '1']);
  expect((await issues(harness.database, short)).map((issue) => issue.times_seen)).toEqual(['2']);
  expect(await harness.verify()).toEqual([]);
}

describe('retention', () => {
  test('drops whole months that every project lets go, deletes what one keeps for less time, and keeps an event of each issue', async () => {
    const story = await tell();
    expect(await retain(harness.context, 90, never)).toEqual({
      droppedMonths: ['events 202607', 'outcomes 202607'],
      deletedEvents: 1,
      exemplars: 3,
    });
    await expectRetained(story);
    expect(await retain(harness.context, 90, never)).toEqual({
      droppedMonths: [],
      deletedEvents: 0,
      exemplars: 0,
    });
    await expectRetained(story);
  });

  test('that is killed at any statement is completed by the next run', async () => {
    const story = await tell();
    const { clickhouse } = harness.context;
    for (let dies = 1; ; dies += 1) {
      let statements = 0;
      const mortal = {
        ...clickhouse,
        command: async (...args: Parameters<typeof clickhouse.command>): Promise<void> => {
          statements += 1;
          if (statements === dies) throw new Error('killed');
          await clickhouse.command(...args);
        },
      };
      const run = retain({ ...harness.context, clickhouse: mortal }, 90, never);
      const end = await run.then(
        () => 'done',
        (error: Error) => error.message,
      );
      if (end === 'done') {
        expect(dies).toBeGreaterThan(2);
        break;
      }
      expect(end).toBe('killed');
    }
    await expectRetained(story);
  });

  test('takes nothing while a project keeps everything, but what another keeps for less time', async () => {
    const { long, kept } = await tell();
    await harness.database.execute(
      sql`update projects set settings = '{"eventRetention": 0}' where id = ${long}`,
    );
    const result = await retain(harness.context, 90, never);
    expect(result).toEqual({ droppedMonths: [], deletedEvents: 1, exemplars: 1 });
    expect(await storedEvents(harness)).toEqual(expect.arrayContaining([...kept]));
    expect((await storedEvents(harness)).length).toBe(5);
    expect(await harness.verify()).toEqual([]);
  });

  test('finds a counter that is wrong where rows are all there', async () => {
    const { short } = await tell();
    await retain(harness.context, 90, never);
    await send(harness, short, 'new', { received: NOON });
    await harness.processor().drain();
    await harness.database.execute(
      sql`update issues set times_seen = 7 where project_id = ${short} and first_seen >= ${new Date(NOON)}`,
    );
    expect(await harness.verify(true)).toMatchObject([
      { what: expect.stringContaining('events'), found: '7', expected: '1', isMended: true },
    ]);
    expect(await harness.verify()).toEqual([]);
  });
});

describe('files', () => {
  test('are removed when nothing names them any more, and not before they are eight days old', async () => {
    const { files, clock, context, log } = harness;
    const folder = harness.filesFolder;
    const named = await files.put(new TextEncoder().encode('named'));
    const lost = await files.put(new TextEncoder().encode('lost'));
    const young = await files.put(new TextEncoder().encode('young'));
    const old = new Date(clock.now() - 9 * DAY_MS);
    for (const { key } of [named, lost]) await utimes(pathInFolder(folder, key), old, old);
    const recent = new Date(clock.now() - 7 * DAY_MS);
    await utimes(pathInFolder(folder, young.key), recent, recent);
    await send(harness, harness.projectId, 'a', { attachment: named });
    await harness.processor().drain();
    expect(await sweepFiles(log, context, never)).toBe(1);
    expect([await files.has(named.key), await files.has(lost.key), await files.has(young.key)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
