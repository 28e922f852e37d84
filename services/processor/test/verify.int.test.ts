import { ClickHouseError } from '@culprit/clickhouse';
import { sql } from '@culprit/postgres';
import { NOON } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventId, type ProcessorHarness, startProcessorHarness } from './harness.ts';
import { backUpPostgres } from './scenarios.ts';

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

const timesSeen = async (): Promise<string[]> =>
  (await harness.database.many<{ times_seen: string }>(sql`select times_seen from issues order by id`)).map(
    (issue) => issue.times_seen,
  );

test('counters that were tampered with are found and mended', async () => {
  await harness.append({}, {}, { event: { fingerprint: ['other'], user: { id: '43' } } });
  await harness.processor().drain();
  await harness.database.execute(sql`
    update issues set times_seen = 7, users_seen = 0, first_seen = ${new Date(NOON - 5)} where short_id = 1`);

  const expected = [
    ['issue 1: events', '2', '7'],
    ['issue 1: people', '1', '0'],
    ['issue 1: first seen', String(NOON), String(NOON - 5)],
  ];
  const found = await harness.verify();
  expect(found.map(({ what, expected: e, found: f }) => [what, e, f])).toEqual(expected);
  expect((await harness.verify(true)).every((finding) => finding.isMended)).toBe(true);
  expect(await harness.verify()).toEqual([]);
  expect(await timesSeen()).toEqual(['2', '1']);
});

test('an event that is stored and not committed is no difference', async () => {
  await harness.append({});
  await harness.processor().drain();
  await harness.append({});
  const { clickhouse } = harness;
  const dies = harness.processor({
    clickhouse: {
      ...clickhouse,
      storeBlock: async (block) => {
        const result = await clickhouse.storeBlock(block);
        if (block.table === 'outcomes') throw new ClickHouseError('connection', 'killed');
        return result;
      },
    },
  });
  await dies.step().catch(() => {});
  expect(await harness.verify()).toEqual([]);
});

test('PostgreSQL from an older copy than ClickHouse: nothing is lost or doubled, whatever the new batches are', async () => {
  await harness.append({}, {}, {});
  await harness.processor().drain(2);
  const restore = await backUpPostgres(harness.database);
  await harness.append({}, {}, {}, { event: { fingerprint: ['late'] } }, {});
  await harness.processor().drain(3);
  await restore();
  await harness.append({}, {});
  await harness.processor().drain(4);

  expect(await harness.verify(true)).toSatisfy((findings: readonly { isMended: boolean; what: string }[]) =>
    findings.every((finding) => finding.isMended || finding.what.includes('outcomes')),
  );
  const [first] = await timesSeen();
  expect(first).toBe('9');
  expect((await harness.verify()).filter((finding) => !finding.what.includes('outcomes'))).toEqual([]);
});

test('ClickHouse from an older copy than PostgreSQL: what the log still has comes back', async () => {
  const ids = await harness.append({}, {});
  await harness.processor().drain();
  const lost = await harness.append({}, { event: { fingerprint: ['late'] } });
  await harness.processor().drain();
  await harness.clickhouse.command(
    'ALTER TABLE events DELETE WHERE log_offset >= 2 SETTINGS mutations_sync = 1',
  );
  expect((await harness.verify()).map((finding) => finding.what)).toContain(
    'committed events that have no row',
  );

  await harness.verify(true);
  await harness.processor().drain();
  expect(await timesSeen()).toEqual(['3', '1']);
  expect([...ids, ...lost]).toHaveLength(4);
  expect((await harness.verify()).filter((finding) => !finding.what.includes('outcomes'))).toEqual([]);
});

test('accepted outcomes that an older copy of ClickHouse does not have are added', async () => {
  await harness.append({}, {}, { received: NOON + 3_600_000 });
  await harness.processor().drain();
  await harness.clickhouse.command('ALTER TABLE outcomes DELETE WHERE 1 SETTINGS mutations_sync = 1');

  const repaired = await harness.verify(true);
  expect(repaired.map(({ what, expected, found, isMended }) => [what, expected, found, isMended])).toEqual([
    ['hour 2026-11-20T12: accepted outcomes, against rows', '2', '0', true],
    ['hour 2026-11-20T13: accepted outcomes, against rows', '1', '0', true],
  ]);
  expect(await harness.verify(true)).toEqual([]);
});

test('rows of a hash that no issue has are shown', async () => {
  await harness.append({ id: eventId() });
  await harness.processor().drain();
  await harness.database.execute(sql`delete from issue_hashes`);
  expect((await harness.verify()).map(({ what, found }) => [what, found])).toContainEqual([
    expect.stringMatching(/^rows with hash [0-9a-f]{16}, which belongs to no issue$/),
    '1',
  ]);
});
