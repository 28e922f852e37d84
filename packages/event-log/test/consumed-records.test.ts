import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConsumedRecords } from '../src/kafka/consumed-records.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

test('what was consumed goes an hour later, and not before', () => {
  const consumed = new ConsumedRecords({ milliseconds: HOUR, bytes: 1e9 }, 1);
  consumed.note(0, 100, 10, 0);
  consumed.note(0, 200, 10, 5 * MINUTE);
  expect(consumed.deletableBelow(0, HOUR - 1)).toBeUndefined();
  expect(consumed.deletableBelow(0, HOUR)).toBe(100);
  expect(consumed.deletableBelow(0, HOUR)).toBeUndefined();
  expect(consumed.deletableBelow(0, 2 * HOUR)).toBe(200);
  expect(consumed.deletableBelow(1, 2 * HOUR)).toBeUndefined();
});

test('of more than the bytes of a partition the oldest goes at once', () => {
  const consumed = new ConsumedRecords({ milliseconds: HOUR, bytes: 100 }, 2);
  for (let at = 1; at <= 4; at += 1) consumed.note(0, at * 10, 20, at * MINUTE);
  expect(consumed.deletableBelow(0, 4 * MINUTE)).toBe(20);
});

test('a partition that another process goes on with is left alone', () => {
  const consumed = new ConsumedRecords({ milliseconds: HOUR, bytes: 100 }, 1);
  consumed.note(0, 10, 20, 0);
  consumed.forget(0);
  expect(consumed.deletableBelow(0, 2 * HOUR)).toBeUndefined();
});

test('nothing is ever deletable that was not consumed, or whose time has not come while there is room', () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 20 * MINUTE }),
    records: fc.integer({ min: 1, max: 500 }),
    bytes: fc.integer({ min: 1, max: 1_000 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const keep = { milliseconds: HOUR, bytes: 5_000 };
      const consumed = new ConsumedRecords(keep, 1);
      const batches: { next: number; bytes: number; at: number }[] = [];
      let now = 0;
      let next = 0;
      let start = 0;
      for (const { wait, records, bytes } of steps) {
        now += wait;
        next += records;
        batches.push({ next, bytes, at: now });
        consumed.note(0, next, bytes, now);
        const below = consumed.deletableBelow(0, now) ?? start;
        expect(below).toBeGreaterThanOrEqual(start);
        expect(below).toBeLessThanOrEqual(next);
        const kept = batches.filter((batch) => batch.next > start);
        const isTooMuch = kept.reduce((sum, batch) => sum + batch.bytes, 0) > keep.bytes;
        const gone = batches.filter((batch) => batch.next > start && batch.next <= below);
        if (!isTooMuch) expect(gone.every(({ at }) => now - at >= keep.milliseconds)).toBe(true);
        start = below;
      }
    }),
  );
});
