import { identifier, PostgresError, sql } from '@culprit/postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { finishOpenDeletions } from '../../services/processor/maintenance/finish-deletions.ts';
import {
  faultyDatabase,
  type ProcessorHarness,
  startProcessorHarness,
  TOPIC,
} from '../../services/processor/test/harness.ts';
import {
  deleteIssues,
  deleteProject,
  deleteTombstone,
  listTombstones,
} from '../../services/web/server/store/deletions.ts';
import { addProject, issues, outcomes, rowsOfProject, send, storedEvents } from './stores.ts';

const never = new AbortController().signal;

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** The issue of the events so far goes. */
async function deleteAll({ discard = false } = {}): Promise<number> {
  const ids = (await issues(harness.database, harness.projectId)).map(({ id }) => id);
  const now = new Date(harness.clock.now());
  return deleteIssues(harness.database, { ids, discard, topic: TOPIC, userId: null, now });
}

const finish = (): Promise<number> => finishOpenDeletions(harness.context, never);

/** A processor that dies when it commits: its plan and its rows are there. */
async function storeWithoutCommit(): Promise<void> {
  const dying = faultyDatabase(harness.database, (n) =>
    n === 2 ? { before: new PostgresError('57P01', 'killed') } : undefined,
  );
  await expect(harness.processor({ database: dying }).step()).rejects.toThrow('commit failed');
}

describe('a deleted issue', () => {
  test('takes its events with it, and none that come later', async () => {
    const file = await harness.files.put(new TextEncoder().encode('x'));
    await send(harness, harness.projectId, 'a', { attachment: file });
    const other = await send(harness, harness.projectId, 'b', { attachment: file });
    await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    const [first] = await issues(harness.database, harness.projectId);
    const now = new Date(harness.clock.now());
    const ids = [first?.id ?? ''];
    await deleteIssues(harness.database, { ids, discard: false, topic: TOPIC, userId: null, now });
    expect(await harness.verify()).toEqual([]);
    const later = await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    expect((await issues(harness.database, harness.projectId)).map((issue) => issue.times_seen)).toEqual([
      '1',
      '1',
    ]);
    expect(await harness.verify()).toEqual([]);

    expect(await finish()).toBe(1);
    expect(await storedEvents(harness)).toEqual([other, later]);
    expect(await harness.verify()).toEqual([]);
    expect(await finish()).toBe(0);
  });

  test('whose next events are stored and not yet committed is made again by them', async () => {
    await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    const onTheirWay = [
      await send(harness, harness.projectId, 'a'),
      await send(harness, harness.projectId, 'a'),
    ];
    await storeWithoutCommit();
    await deleteAll();
    await harness.processor().drain();
    expect((await issues(harness.database, harness.projectId)).map((issue) => issue.times_seen)).toEqual([
      '2',
    ]);
    expect(await finish()).toBe(1);
    expect(await storedEvents(harness)).toEqual(onTheirWay);
    expect(await harness.verify()).toEqual([]);
  });

  test('is deleted to the end when the one who did it died at any statement', async () => {
    await send(harness, harness.projectId, 'a');
    await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    await deleteAll();
    const kept = await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    const { clickhouse } = harness.context;
    let ended = 0;
    for (let dies = 1; ended === 0; dies += 1) {
      let statements = 0;
      const mortal = {
        ...clickhouse,
        command: async (...args: Parameters<typeof clickhouse.command>): Promise<void> => {
          await clickhouse.command(...args);
          statements += 1;
          if (statements === dies) throw new Error('killed');
        },
      };
      ended = await finishOpenDeletions({ ...harness.context, clickhouse: mortal }, never).catch(() => 0);
      expect(dies).toBeLessThan(10);
    }
    expect(await storedEvents(harness)).toEqual([kept]);
    expect(await harness.verify()).toEqual([]);
  });
});

describe('a discarded issue', () => {
  test('takes its events with it, also those on their way, and filters what comes later', async () => {
    await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    await send(harness, harness.projectId, 'a');
    await storeWithoutCommit();
    await deleteAll({ discard: true });
    // The rows of the unfinished batch are there and have no outcome that counts yet.
    expect(await finish()).toBe(0);
    await harness.processor().drain();
    await send(harness, harness.projectId, 'a');
    const other = await send(harness, harness.projectId, 'b');
    await harness.processor().drain();
    expect(await finish()).toBe(1);
    expect(await storedEvents(harness)).toEqual([other]);
    expect((await issues(harness.database, harness.projectId)).map((issue) => issue.times_seen)).toEqual([
      '1',
    ]);
    expect(await outcomes(harness)).toEqual([
      { outcome: 'accepted', reason: '', quantity: 3 },
      { outcome: 'filtered', reason: 'discarded-hash', quantity: 1 },
    ]);
    expect(await harness.verify()).toEqual([]);
  });

  test('comes back when its tombstone is deleted', async () => {
    await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    await deleteAll({ discard: true });
    const [tombstone] = await listTombstones(harness.database, harness.projectId, { limit: 10, offset: 0 });
    expect(tombstone).toMatchObject({ level: 'error', user_id: null });
    const filtered = await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    const letIn = () =>
      deleteTombstone(harness.database, {
        projectId: harness.projectId,
        id: tombstone?.id ?? '',
        topic: TOPIC,
        userId: null,
        now: new Date(harness.clock.now()),
      });
    expect(await letIn()).toBe(true);
    expect(await letIn()).toBe(false);
    await finish();
    const again = await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    expect(await storedEvents(harness)).toEqual([again]);
    // Nor does a repair bring back what was filtered.
    expect(await harness.verify(true)).toEqual([]);
    expect(await storedEvents(harness)).not.toContain(filtered);
  });
});

describe('a deleted project', () => {
  test('is gone from every table, and nothing of another project is', async () => {
    const gone = await addProject(harness, 'gone');
    await send(harness, gone, 'a');
    await send(harness, gone, 'b');
    const kept = await send(harness, harness.projectId, 'a');
    await harness.processor().drain();
    await harness.database.execute(sql`
      with channel as (
        insert into alert_channels (organization_id, project_id, kind, target)
        values (${harness.organizationId}, ${gone}, 'email', 'ada@example.com') returning id
      )
      insert into alert_deliveries (channel_id, idempotency_key, subject, body) select id, 'k', 's', '{}' from channel`);
    const now = new Date(harness.clock.now());
    await deleteProject(harness.database, { projectId: gone, topic: TOPIC, userId: null, now });
    expect(await harness.verify()).toEqual([]);
    // A processor may not have heard of it yet.
    expect(await finish()).toBe(0);
    harness.clock.advance(180_000);
    expect(await finish()).toBe(1);
    expect(await rowsOfProject(harness, gone)).toBe(0);
    const tables = await harness.database.many<{ name: string }>(sql`
      select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'project_id'
        and c.relname <> 'deletions'`);
    expect(tables.length).toBeGreaterThan(8);
    for (const { name } of tables) {
      const { rows } = await harness.database.one<{ rows: number }>(
        sql`select count(*)::int as rows from ${identifier(name)} where project_id = ${gone}`,
      );
      expect({ name, rows }).toEqual({ name, rows: 0 });
    }
    expect(await storedEvents(harness)).toEqual([kept]);
    expect(await harness.verify()).toEqual([]);
    // What is still sent to it ends as an event of no project.
    await send(harness, gone, 'a');
    await harness.processor().drain();
    expect(await storedEvents(harness)).toEqual([kept]);
  });
});
