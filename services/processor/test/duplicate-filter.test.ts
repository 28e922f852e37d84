import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DuplicateFilter } from '../batch/duplicate-filter.ts';

const idOf = (n: number): string => createHash('md5').update(String(n)).digest('hex');

test('an id that was added is always found', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.tuple(fc.nat(5), fc.nat()), { maxLength: 200 }), (seed, ids) => {
      const filter = new DuplicateFilter(seed);
      for (const [project, n] of ids) filter.add(project, idOf(n));
      expect(ids.every(([project, n]) => filter.mightContain(project, idOf(n)))).toBe(true);
    }),
  );
});

test('of ids that were never added about one in a hundred is a false hit, also after it has grown', () => {
  const filter = new DuplicateFilter(42);
  for (let n = 0; n < 150_000; n += 1) filter.add(1, idOf(n));
  let hits = 0;
  for (let n = 1_000_000; n < 1_020_000; n += 1) if (filter.mightContain(1, idOf(n))) hits += 1;
  expect(hits / 20_000).toBeLessThan(0.03);
  expect(filter.bytes).toBeLessThan(300_000);
});

test('the same id in another project is another id', () => {
  const filter = new DuplicateFilter(7);
  filter.add(1, idOf(1));
  expect(filter.mightContain(2, idOf(1))).toBe(false);
});
