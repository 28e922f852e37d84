import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Ask, overshootBound, Share, sliceOf, windowAt } from '../src/index.ts';
import { LeaseTable } from './lease-table.ts';

const START = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60;

/** One process with a share of one allowance. What it asks for is on the way until it is delivered. */
class Process {
  readonly contact = { isAway: false, heardAt: START };
  readonly share: Share;
  readonly asked: Ask[] = [];

  constructor(limit: number, seconds = MINUTE) {
    this.share = new Share({ id: 'q', limit, seconds }, this.contact, START);
  }

  /** Sends one item; true when it is accepted. */
  offer(now: number, quantity = 1): boolean {
    const has = this.share.has(quantity, now);
    if (has) this.share.spend(quantity, now);
    this.asked.push(...this.share.asks(now));
    return has;
  }

  /** All that was asked for is answered, or fails while nobody is there. */
  deliver(table: LeaseTable | undefined, now: number): void {
    this.asked.push(...this.share.asks(now));
    for (const ask of this.asked.splice(0)) {
      if (table === undefined) this.share.failed(ask, now);
      else this.share.granted(ask, table.lease(ask), now);
    }
    this.contact.isAway = table === undefined;
    if (table !== undefined) this.contact.heardAt = now;
  }
}

function offerMany(process: Process, times: number, table: LeaseTable | undefined, now: number): number {
  let accepted = 0;
  for (let i = 0; i < times; i++) {
    if (process.offer(now)) accepted++;
    process.deliver(table, now);
  }
  return accepted;
}

describe('a share', () => {
  test('lets one process spend the whole limit and not one more', () => {
    for (const limit of [1, 2, 7, 20, 100, 1_234]) {
      expect(offerMany(new Process(limit), limit * 3, new LeaseTable(), START)).toBe(limit);
    }
  });

  test('is a slice in debt at most while no answer comes', () => {
    const process = new Process(100);
    let accepted = 0;
    for (let i = 0; i < 50; i++) if (process.offer(START)) accepted++;
    expect(accepted).toBe(sliceOf(100));
  });

  test('pays its debt with the next grant', () => {
    const table = new LeaseTable();
    const process = new Process(100);
    for (let i = 0; i < 5; i++) process.offer(START);
    process.deliver(table, START);
    const other = new Process(100);
    expect(offerMany(process, 300, table, START) + offerMany(other, 300, table, START)).toBeLessThanOrEqual(
      100 - 5 + sliceOf(100),
    );
  });

  test('begins each window anew, with a portion that was asked for before', () => {
    const table = new LeaseTable();
    const process = new Process(100);
    expect(offerMany(process, 300, table, START)).toBe(100);
    process.deliver(table, START + 57_000);
    const next = START + 60_000;
    // Two portions of a twentieth are in hand and a slice is credit, before anybody is asked.
    let accepted = 0;
    for (let i = 0; i < 50; i++) if (process.offer(next)) accepted++;
    expect(accepted).toBe(10 + sliceOf(100));
  });

  test('goes on, where nobody can be asked, with what it had in the last whole window', () => {
    const table = new LeaseTable();
    const process = new Process(100);
    expect(offerMany(process, 60, table, START)).toBe(60);
    const had = 60 + sliceOf(100);
    const cut = START + 60_000;
    process.deliver(table, cut);
    process.deliver(undefined, cut + 10_000);
    expect(offerMany(process, 300, undefined, cut + 10_000)).toBe(sliceOf(100));
    for (const later of [cut + 60_000, cut + 120_000]) {
      const accepted = offerMany(process, 300, undefined, later);
      expect(accepted).toBeGreaterThanOrEqual(60);
      expect(accepted).toBeLessThanOrEqual(had);
    }
  });

  test('learns within seconds that somebody has given back', () => {
    const table = new LeaseTable();
    const one = new Process(100);
    const other = new Process(100);
    offerMany(one, 1, table, START);
    expect(offerMany(other, 300, table, START)).toBeLessThan(100);
    const [back] = one.share.giveBack(START + 1_000);
    if (back === undefined) throw new Error('there is something left');
    table.lease(back);
    expect(offerMany(one, 1, table, START + 1_000)).toBe(0);
    other.deliver(table, START + 7_000);
    expect(offerMany(other, 300, table, START + 7_000)).toBe(-back.amount);
  });

  test('gives back what it turns out not to need, so that another one can spend the whole limit', () => {
    const table = new LeaseTable();
    const idle = new Process(100);
    const slow = new Process(100);
    const flooded = new Process(100);
    let accepted = offerMany(idle, 1, table, START) + offerMany(slow, 1, table, START);
    for (let second = 0; second < 30; second++) {
      const now = START + second * 1_000;
      if (second % 10 === 9) accepted += offerMany(slow, 1, table, now);
      accepted += offerMany(flooded, 50, table, now);
      for (const process of [idle, slow, flooded]) process.deliver(table, now);
    }
    expect(accepted).toBeGreaterThanOrEqual(100);
    // In debt when nothing is left, as the slow one has nothing in hand for what comes less often than it looks.
    expect(accepted).toBeLessThanOrEqual(101);
  });

  test('has as much in hand as it needs, however quickly that changes', () => {
    const table = new LeaseTable();
    const process = new Process(1_000);
    expect(offerMany(process, 1, table, START)).toBe(1);
    for (let second = 1; second <= 5; second++) process.deliver(table, START + second * 1_000);
    // One item came in a twelfth of the window.
    expect(table.leased).toBe(1 + 2);
    let asked = 0;
    for (let i = 0; i < 400; i++) {
      expect(process.offer(START + 6_000)).toBe(true);
      asked += process.asked.length;
      process.deliver(table, START + 6_000);
    }
    // Every two items without doubling; 5 % of the limit at a time in the end.
    expect(asked).toBeLessThan(20);
    expect(table.leased).toBeGreaterThan(402 + 50);
  });

  test('that was still for a moment takes again what it gave back, even as the last of the limit', () => {
    const table = new LeaseTable();
    const [paused, other] = [new Process(100, 5), new Process(100, 5)];
    let accepted = offerMany(other, 85, table, START) + offerMany(paused, 1, table, START);
    expect(table.leased).toBe(100);
    for (const process of [paused, other]) process.deliver(table, START + 500);
    accepted += offerMany(paused, 300, table, START + 600);
    for (const process of [paused, other]) process.deliver(table, START + 1_000);
    accepted += offerMany(paused, 300, table, START + 1_100);
    expect(accepted).toBe(100);
  });

  test('gives back nothing while nobody can be asked', () => {
    const table = new LeaseTable();
    const process = new Process(100);
    expect(offerMany(process, 1, table, START)).toBe(1);
    process.deliver(undefined, START + 1_000);
    for (let second = 2; second < 30; second++) process.deliver(undefined, START + second * 1_000);
    expect(offerMany(process, 300, undefined, START + 30_000)).toBe(10 + sliceOf(100));
  });

  test('gives back what it has of the next window, too, once', () => {
    const process = new Process(100);
    const table = new LeaseTable();
    offerMany(process, 1, table, START + 57_000);
    const back = process.share.giveBack(START + 58_000);
    expect(back.map(({ window, amount }) => [window.start, amount])).toEqual([
      [START, -10],
      [START + 60_000, -10],
    ]);
    expect(process.share.giveBack(START + 58_000)).toEqual([]);
  });

  test('can be spent again when what was spent is taken back, but not in another window', () => {
    const table = new LeaseTable();
    const process = new Process(10);
    expect(offerMany(process, 50, table, START)).toBe(10);
    process.share.unspend(4, START, START + 1_000);
    expect(offerMany(process, 50, table, START + 1_000)).toBe(4);
    const next = START + 60_000;
    expect(offerMany(process, 50, table, next)).toBe(10);
    process.share.unspend(4, START + 1_000, next);
    expect(offerMany(process, 50, table, next)).toBe(0);
  });

  test('takes a limit that was raised or lowered in the middle of a window', () => {
    const table = new LeaseTable();
    const process = new Process(10);
    expect(offerMany(process, 50, table, START)).toBe(10);
    process.share.changeLimit(40);
    expect(offerMany(process, 100, table, START)).toBe(30);
    process.share.changeLimit(20);
    expect(offerMany(process, 100, table, START)).toBe(0);
  });

  test('accepts an item larger than a slice when the whole limit has room for it, and not when it has not', () => {
    const table = new LeaseTable();
    const process = new Process(1_000);
    expect(process.offer(START, 600)).toBe(true);
    process.deliver(table, START);
    expect(process.offer(START, 600)).toBe(false);
    expect(process.offer(START, 300)).toBe(true);
    expect(new Process(1_000).offer(START, 2_000)).toBe(false);
  });

  test('asks for nothing, and gives nothing away, where it has more than it takes at a time and misses even more', () => {
    const table = new LeaseTable();
    const process = new Process(100);
    expect(process.offer(START, 100)).toBe(true);
    process.deliver(table, START);
    process.share.unspend(50, START, START);
    expect(process.offer(START + 1_000, 60)).toBe(false);
    process.deliver(table, START + 6_000);
    expect(table.leased).toBe(60);
    expect(offerMany(process, 300, table, START + 6_000)).toBe(50);
  });
});

const command = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('offer' as const), at: fc.nat(3), times: fc.nat(60) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), at: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1_000, 20_000, 60_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const) }) },
);

describe('four processes', () => {
  test('spend all of the limit when one of them is flooded, whatever the others took before', () => {
    const before = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), before, (limit, times) => {
        const table = new LeaseTable();
        const others = times.map(() => new Process(limit));
        const flooded = new Process(limit);
        let accepted = 0;
        for (const [i, other] of others.entries()) accepted += offerMany(other, times[i] ?? 0, table, START);
        for (let second = 0; second < 25; second++) {
          accepted += offerMany(flooded, 100, table, START + second * 1_000);
          for (const process of [...others, flooded]) process.deliver(table, START + second * 1_000);
        }
        expect(accepted).toBeGreaterThanOrEqual(limit);
        expect(accepted).toBeLessThanOrEqual(limit + overshootBound(4, limit));
      }),
      { numRuns: 300 },
    );
  });

  test('never accept more in a window than the limit and a slice each, whenever PostgreSQL stops', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(command, { minLength: 1, maxLength: 80 }),
        (limit, commands) => {
          const processes = [0, 1, 2, 3].map(() => new Process(limit));
          let table: LeaseTable | undefined = new LeaseTable();
          let now = START;
          const accepted = new Map<number, number>();
          for (const command of commands) {
            if (command.do === 'offer') {
              const process = processes[command.at];
              for (let i = 0; i < command.times; i++) {
                if (process?.offer(now) !== true) continue;
                const { start } = windowAt(MINUTE, now);
                accepted.set(start, (accepted.get(start) ?? 0) + 1);
              }
            } else if (command.do === 'deliver') {
              processes[command.at]?.deliver(table, now);
            } else if (command.do === 'wait') {
              // Whoever works hears from PostgreSQL every second, or that it is gone.
              for (const process of processes) process.deliver(table, now);
              now += command.ms;
              for (const process of processes) process.deliver(table, now);
            } else {
              table = undefined;
              for (const process of processes) process.deliver(table, now);
            }
          }
          for (const sum of accepted.values()) {
            expect(sum).toBeLessThanOrEqual(limit + overshootBound(processes.length, limit));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('neither when all of them are flooded after PostgreSQL has stopped, whoever had how much before', () => {
    const before = fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), before, before, (limit, lastWindow, cutWindow) => {
        const processes = [0, 1, 2, 3].map(() => new Process(limit));
        const table = new LeaseTable();
        const most = limit + overshootBound(processes.length, limit);
        const send = (times: readonly number[], at: LeaseTable | undefined, now: number): number => {
          let accepted = 0;
          for (const [i, process] of processes.entries()) {
            process.deliver(at, now);
            accepted += offerMany(process, times[i] ?? 0, at, now);
          }
          return accepted;
        };
        expect(send(lastWindow, table, START)).toBeLessThanOrEqual(most);
        let sum = send(cutWindow, table, START + 70_000);
        for (const process of processes) process.deliver(undefined, START + 80_000);
        const flood = [200, 200, 200, 200];
        sum += send(flood, undefined, START + 80_000);
        expect(sum).toBeLessThanOrEqual(most);
        expect(send(flood, undefined, START + 130_000)).toBeLessThanOrEqual(most);
        expect(send(flood, undefined, START + 200_000)).toBeLessThanOrEqual(most);
      }),
    );
  });
});
