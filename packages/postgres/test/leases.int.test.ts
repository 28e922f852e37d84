import { type TestDatabase, testDatabase } from '@culprit/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PostgresLeases, sql } from '../src/index.ts';

const LEASE_MS = 10_000;
const start = Date.UTC(2026, 10, 20);
let store: TestDatabase;
let leases: PostgresLeases;

beforeAll(async () => {
  store = await testDatabase();
  leases = new PostgresLeases(store.database);
});
afterAll(() => store.drop());
beforeEach(async () => {
  await store.database.execute(sql`truncate partition_leases, partition_consumers`);
});

function claim(owner: string, now = start, partitions = 4): Promise<readonly number[]> {
  return leases.claim('events', partitions, owner, now, LEASE_MS);
}

test('an owner that is alone has everything', async () => {
  expect(await claim('a')).toEqual([0, 1, 2, 3]);
});

test('two owners come to fair shares, and each keeps what it has', async () => {
  await claim('a');
  expect(await claim('b')).toEqual([]);
  expect(await claim('a')).toEqual([0, 1]);
  expect(await claim('b')).toEqual([2, 3]);
  expect(await claim('a', start + 1)).toEqual([0, 1]);
  expect(await claim('b', start + 1)).toEqual([2, 3]);
});

test('three owners of four partitions have two, two and none or two, one and one', async () => {
  for (let round = 0; round < 3; round++)
    for (const owner of ['a', 'b', 'c']) await claim(owner, start + round);
  const shares = [await claim('a'), await claim('b'), await claim('c')];
  expect(shares.flat().sort()).toEqual([0, 1, 2, 3]);
  expect(Math.max(...shares.map((share) => share.length))).toBe(2);
});

test('an owner that is not heard of any more loses its partitions, by the clock of the caller', async () => {
  await claim('a');
  await claim('b');
  await claim('a');
  await claim('b');
  expect(await claim('b', start + LEASE_MS - 1)).toEqual([2, 3]);
  expect(await claim('b', start + LEASE_MS)).toEqual([0, 1, 2, 3]);
});

test('an owner that was late keeps what nobody has taken, and gets nothing back that was taken', async () => {
  await claim('a');
  expect(await claim('a', start + 3 * LEASE_MS)).toEqual([0, 1, 2, 3]);
  const later = start + 6 * LEASE_MS;
  expect(await claim('b', later)).toEqual([0, 1, 2, 3]);
  expect(await claim('a', later)).toEqual([]);
  expect(await claim('b', later)).toEqual([0, 1]);
});

test('release gives up leases and the claim to a share', async () => {
  await claim('a');
  await claim('b');
  await leases.release('events', 'a');
  expect(await claim('b')).toEqual([0, 1, 2, 3]);
});

test('topics do not touch each other', async () => {
  await claim('a');
  expect(await leases.claim('other', 2, 'b', start, LEASE_MS)).toEqual([0, 1]);
  await leases.release('other', 'a');
  expect(await claim('a')).toEqual([0, 1, 2, 3]);
});

test('claims at the same moment never give a partition to two owners', async () => {
  const claims = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((owner) => claim(owner, start, 8)));
  const owned = claims.flat();
  expect(new Set(owned).size).toBe(owned.length);
});

test('whoever comes and goes: nothing is owned twice, and in the end everything is owned, fairly', async () => {
  const owners = ['a', 'b', 'c'];
  const step = fc.record({
    owner: fc.constantFrom(...owners),
    action: fc.constantFrom('claim', 'claim', 'release', 'sleep'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 15 }),
      fc.integer({ min: 1, max: 7 }),
      async (steps, partitions) => {
        await store.database.execute(sql`truncate partition_leases, partition_consumers`);
        let now = start;
        const held = new Map<string, { readonly until: number; readonly partitions: readonly number[] }>();
        for (const { owner, action } of steps) {
          if (action === 'sleep') now += LEASE_MS / 2;
          else if (action === 'release') {
            await leases.release('events', owner);
            held.delete(owner);
          } else held.set(owner, { until: now + LEASE_MS, partitions: await claim(owner, now, partitions) });
          const living = [...held.values()]
            .filter(({ until }) => until > now)
            .flatMap((lease) => lease.partitions);
          expect(new Set(living).size).toBe(living.length);
        }
        now += LEASE_MS;
        let last: (readonly number[])[] = [];
        for (let round = 0; round < 3; round++) {
          last = [];
          for (const owner of owners) last.push(await claim(owner, now, partitions));
        }
        expect(last.flat().sort()).toEqual(Array.from({ length: partitions }, (_, partition) => partition));
        expect(Math.max(...last.map((share) => share.length))).toBeLessThanOrEqual(Math.ceil(partitions / 3));
      },
    ),
    { numRuns: 30 },
  );
});
