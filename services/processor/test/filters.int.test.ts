import { ClickHouseError, defineQuery } from '@culprit/clickhouse';
import { sql } from '@culprit/postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { eventId, faultyClickHouse, type ProcessorHarness, startProcessorHarness } from './harness.ts';

const rows = defineQuery({
  name: 'test_filtered_rows',
  params: {},
  row: z.object({
    event_id: z.string(),
    release: z.string(),
    title: z.string(),
    identities: z.array(z.string()),
    tags: z.string(),
    payload: z.string(),
  }),
  sql: `SELECT replaceAll(toString(event_id), '-', '') AS event_id, release, title, identities, toString(tags) AS tags, payload
    FROM events ORDER BY log_offset`,
});
const outcomesStored = defineQuery({
  name: 'test_filtered_outcomes',
  params: {},
  row: z.object({ line: z.string() }),
  sql: `SELECT concat(outcome, ' ', reason, ' ', category, ' ', toString(sum(quantity))) AS line FROM outcomes
    GROUP BY outcome, reason, category ORDER BY line`,
});

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** As the settings page does it; processors look for changes each second. */
async function set(settings: object): Promise<void> {
  await harness.database.execute(sql`
    update projects set settings = ${JSON.stringify(settings)}::jsonb where id = ${harness.projectId}`);
  harness.clock.advance(2_000);
}

const releasesFiltered = (globs: string): object => ({ options: { 'filters:releases': globs } });
const storedReleases = async (): Promise<string[]> =>
  (await harness.clickhouse.query(rows, {})).map((row) => row.release);
const outcomes = async (): Promise<string[]> =>
  (await harness.clickhouse.query(outcomesStored, {})).map((row) => row.line);
const issues = (): Promise<readonly { title: string; times_seen: string }[]> =>
  harness.database.many(sql`select title, times_seen from issues order by id`);

/** A processor that dies when it stores outcomes, which come last. */
const dying = () =>
  harness.processor({
    clickhouse: faultyClickHouse(harness.clickhouse, {
      before: (block) => {
        throw new ClickHouseError('connection', `killed before ${block.table}`);
      },
    }),
  });

describe('an event that a filter keeps out', () => {
  test('has an outcome with the reason, and no row, no issue, no release', async () => {
    await set(releasesFiltered('1.*'));
    await harness.append({ event: { release: '1.0', fingerprint: ['old'] } }, { event: { release: '2.0' } });
    await harness.processor().drain();

    expect(await storedReleases()).toEqual(['2.0']);
    expect(await outcomes()).toEqual(['accepted  error 1', 'filtered release-version error 1']);
    expect((await issues()).map((issue) => issue.times_seen)).toEqual(['1']);
    expect(await harness.database.many(sql`select version from releases`)).toEqual([{ version: '2.0' }]);
  });

  test('is kept out by a plan, also when the filter is gone before it is carried out', async () => {
    await set(releasesFiltered('1.*'));
    await harness.append({ event: { release: '1.0' } }, { event: { release: '2.0' } });
    await expect(dying().step()).rejects.toThrow();
    await set({});
    await harness.processor().drain();

    expect(await storedReleases()).toEqual(['2.0']);
    expect(await outcomes()).toEqual(['accepted  error 1', 'filtered release-version error 1']);
  });

  test('is let in by a plan, also when a filter is set before it is carried out', async () => {
    await harness.append({ event: { release: '1.0' } }, { event: { release: '2.0' } });
    await expect(dying().step()).rejects.toThrow();
    await set(releasesFiltered('1.*'));
    await harness.processor().drain();

    expect(await storedReleases()).toEqual(['1.0', '2.0']);
    expect(await outcomes()).toEqual(['accepted  error 2']);
    expect((await issues()).map((issue) => issue.times_seen)).toEqual(['2']);
  });

  test('counts once, however often it is sent: in the same batch, in the next one, after a restart and without the filter', async () => {
    await set(releasesFiltered('1.*'));
    const id = eventId();
    const sent = { id, event: { release: '1.0' } };
    const processor = harness.processor();
    await harness.append(sent, sent);
    await processor.drain();
    await harness.append(sent);
    await processor.drain();
    await harness.append(sent);
    await harness.processor().drain();
    await set({});
    await harness.append(sent);
    await harness.processor().drain();

    expect(await storedReleases()).toEqual([]);
    expect(await outcomes()).toEqual(['filtered release-version error 1', 'invalid duplicate error 4']);
    expect(await harness.verify()).toEqual([]);
  });

  test('may come again when its id is forgotten, and verify takes it for no mistake', async () => {
    await set(releasesFiltered('1.*'));
    const sent = { id: eventId(), event: { release: '1.0' } };
    await harness.append(sent);
    await harness.processor().drain();
    harness.clock.advance(8 * 24 * 3600 * 1000);
    await harness.append({ ...sent, received: harness.clock.now() });
    await harness.processor().drain();

    expect(await outcomes()).toEqual(['filtered release-version error 2']);
    expect(await harness.verify()).toEqual([]);
  });

  test('is not missed when the filter is gone', async () => {
    await set(releasesFiltered('1.*'));
    await harness.append({ event: { release: '1.0' } }, { event: { release: '2.0' } });
    await harness.processor().drain();
    expect(await harness.verify()).toEqual([]);
    await set({});
    expect(await harness.verify(true)).toEqual([]);
    await harness.processor().drain();
    expect(await storedReleases()).toEqual(['2.0']);
  });
});

describe('what is to be scrubbed', () => {
  const SECRET = 'hunter2';

  test('is in no column and no issue', async () => {
    await harness.append({
      event: {
        exception: { values: [{ type: 'Error', value: `Bearer ${SECRET} was refused` }] },
        user: { id: '7', username: `secret ${SECRET}`, email: `password=${SECRET}@example.com` },
        request: { url: `https://jane:${SECRET}@shop.example/pay`, headers: { Authorization: SECRET } },
        extra: { password: SECRET },
        contexts: { mine: { token: SECRET } },
      },
    });
    await harness.processor().drain();

    const stored = await harness.clickhouse.query(rows, {});
    expect(stored).toHaveLength(1);
    expect(JSON.stringify(stored)).not.toContain(SECRET);
    expect(stored[0]?.title).toBe('Error: Bearer [token] was refused');
    expect(stored[0]?.identities).toEqual(['id:7', 'ip:192.0.2.7']);
    const kept = await harness.database.many(sql`select * from issues`);
    expect(JSON.stringify(kept)).not.toContain(SECRET);
  });

  test('goes by the settings of the project, which work within two seconds', async () => {
    await set({ dataScrubber: false });
    await harness.append({ event: { extra: { password: SECRET, customer: '7' } } });
    await harness.processor().drain();
    await set({ sensitiveFields: ['customer'] });
    await harness.append({ event: { extra: { password: SECRET, customer: '7' } } });
    await harness.processor().drain();

    const extras = (await harness.clickhouse.query(rows, {})).map(
      ({ payload }) => (JSON.parse(payload) as { extra: unknown }).extra,
    );
    expect(extras).toEqual([
      { password: SECRET, customer: '7' },
      { password: '[Filtered]', customer: '[Filtered]' },
    ]);
  });
});
