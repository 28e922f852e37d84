import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DuplicateFilter } from '../batch/duplicate-filter.ts';

const idOf = (n: number): string => createHash('md5').update(String(n)).digest('hex');

const NOW = Date.UTC(2026, 10, 20);
const DAY = 24 * 3600_000;

test('an id that was added is always found', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.tuple(fc.nat(5), fc.nat()), { maxLength: 200 }), (seed, ids) => {
      const filter = new DuplicateFilter(seed);
      for (const [project, n] of ids) filter.add(project, idOf(n), NOW);
      expect(ids.every(([project, n]) => filter.mightContain(project, idOf(n)))).toBe(true);
    }),
  );
});

test('of ids that were never added about one in a hundred is a false hit, also after it has grown', () => {
  const filter = new DuplicateFilter(42);
  for (let n = 0; n < 150_000; n += 1) filter.add(1, idOf(n), NOW);
  let hits = 0;
  for (let n = 1_000_000; n < 1_020_000; n += 1) if (filter.mightContain(1, idOf(n))) hits += 1;
  expect(hits / 20_000).toBeLessThan(0.03);
  expect(filter.bytes).toBeLessThan(350_000);
});

test('the same id in another project is another id', () => {
  const filter = new DuplicateFilter(7);
  filter.add(1, idOf(1), NOW);
  expect(filter.mightContain(2, idOf(1))).toBe(false);
});

test('what is too old to matter is forgotten, so that a filter of months is no larger than one of weeks', () => {
  const filter = new DuplicateFilter(3, NOW);
  const perDay = 12_000;
  const cheapId = (n: number): string => n.toString(16).padStart(32, '0');
  let most = 0;
  for (let day = 0; day < 50; day += 1) {
    for (let n = 0; n < perDay; n += 1) filter.add(1, cheapId(day * perDay + n), NOW + day * DAY);
    filter.forget(NOW + (day - 7) * DAY);
    most = Math.max(most, filter.bytes);
    const known = [Math.max(0, day - 7), day].map((since) => cheapId(since * perDay));
    expect(known.every((id) => filter.mightContain(1, id))).toBe(true);
  }
  // Seven days of ids take 105 KB; all that were added would take 750 KB.
  expect(most).toBeLessThan(400_000);
  expect(filter.since).toBeGreaterThan(NOW + 30 * DAY);
});

test('what is not forgotten leaves no gap', () => {
  const filter = new DuplicateFilter(3, NOW);
  filter.add(1, idOf(1), NOW + 2 * DAY);
  filter.forget(NOW + DAY);
  expect([filter.since, filter.mightContain(1, idOf(1))]).toEqual([NOW, true]);
  filter.forget(NOW + 3 * DAY);
  expect([filter.since, filter.size]).toEqual([NOW + 3 * DAY, 0]);
});
