import type { Ask, Grant } from '@culprit/quotas';
import { createRegistry, silentLogger } from '@culprit/runtime';
import { manualClock } from '@culprit/testkit';
import { describe, expect, test } from 'vitest';
import { LeaseBook } from '../limits/lease-book.ts';
import { createIngestMetrics } from '../metrics.ts';
import { MemoryLeases } from './harness.ts';

const QUOTA = { id: 'p42:errors:60', limit: 100, seconds: 60 };

class CountingLeases extends MemoryLeases {
  asked = 0;

  override lease(asks: readonly Ask[]): Promise<readonly Grant[]> {
    this.asked++;
    return super.lease(asks);
  }
}

function aBook(source = new MemoryLeases()) {
  const clock = manualClock();
  const metrics = createIngestMetrics(createRegistry());
  const book = new LeaseBook({ source, clock, logger: silentLogger(), metrics });
  const spend = async (times: number): Promise<number> => {
    let spent = 0;
    for (let i = 0; i < times; i++) {
      const share = book.shareOf(QUOTA);
      if (share.has(1, clock.now())) {
        share.spend(1, clock.now());
        spent++;
      }
      book.refill();
      await new Promise(setImmediate);
    }
    return spent;
  };
  return { book, clock, source, spend };
}

describe('a book of leases', () => {
  test('gives back what was leased ahead for a window in which nothing comes at first', async () => {
    const { book, clock, spend } = aBook();
    clock.set(60_000 * 1_000 + 57_000);
    expect(await spend(5)).toBe(5);
    await book.tick();
    clock.advance(5_000);
    await book.tick();
    expect(await spend(150)).toBe(100);
    await book.close();
  });

  test('refills behind the requests, up to the limit', async () => {
    const { book, spend } = aBook();
    expect(await spend(300)).toBe(100);
    await book.close();
  });

  test('gives back at its end what was not spent, so that others can spend it', async () => {
    const source = new MemoryLeases();
    const one = aBook(source);
    const other = aBook(source);
    expect(await one.spend(3)).toBe(3);
    await one.book.close();
    expect(await other.spend(300)).toBe(97);
    await other.book.close();
  });

  test('gives back at its end what it had leased ahead for the next window', async () => {
    const source = new MemoryLeases();
    const one = aBook(source);
    const other = aBook(source);
    one.clock.set(60_000 * 1_000 + 57_000);
    expect(await one.spend(3)).toBe(3);
    await one.book.close();
    other.clock.set(60_000 * 1_001);
    expect(await other.spend(300)).toBe(100);
    await other.book.close();
  });

  test('asks nobody for each request while PostgreSQL is away, and goes on as soon as it is back', async () => {
    const source = new CountingLeases();
    source.isAway = true;
    const { book, clock, spend } = aBook(source);
    expect(await spend(50)).toBe(10);
    expect(source.asked).toBe(1);
    expect(book.contact.isAway).toBe(true);
    source.isAway = false;
    clock.advance(1_000);
    await book.tick();
    expect(book.contact).toEqual({ isAway: false, heardAt: clock.now() });
    expect(await spend(300)).toBe(90);
    await book.close();
  });

  test('forgets what nobody uses any more', async () => {
    const { book, clock, spend } = aBook();
    await spend(1);
    const before = book.shareOf(QUOTA);
    clock.advance(120_000);
    await book.tick();
    expect(book.shareOf(QUOTA)).not.toBe(before);
    await book.close();
  });
});
