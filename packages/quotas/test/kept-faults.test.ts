import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fault, type Kept, KeptFaults } from '../src/index.ts';

const START = Date.UTC(2026, 10, 20, 12);
const MINUTE = 60_000;
const ENOUGH = { takeAny: () => true, takeForNewRelease: () => true };
const fault = (name: string, release = 'shop@1'): Fault => ({
  fault: name,
  release,
  environment: 'production',
});
const KEPT = { isKept: true, weight: 1 };

/** Budgets of a minute. */
function budgetOf(any: number, forNewRelease: number) {
  const left = { any, forNewRelease };
  return {
    takeAny: () => left.any-- > 0,
    takeForNewRelease: () => left.forNewRelease-- > 0,
  };
}

describe('of the events beyond a quota', () => {
  test('the first one of each fault, release and environment is kept in each minute', () => {
    const faults = new KeptFaults();
    const offer = (one: Fault, now: number): Kept => faults.offer(one, ENOUGH, now);
    expect(offer(fault('A'), START)).toEqual(KEPT);
    expect(offer(fault('A'), START + 1)).toEqual({ isKept: false, release: 'shop@1' });
    expect(offer(fault('B'), START + 2)).toEqual(KEPT);
    expect(offer({ ...fault('A'), environment: 'staging' }, START + 3)).toEqual(KEPT);
    expect(offer(fault('A', 'shop@2'), START + 2_000)).toEqual(KEPT);
    expect(offer(fault('B'), START + MINUTE)).toEqual(KEPT);
  });

  test('one that is kept stands for those of its fault that were shed before it', () => {
    const faults = new KeptFaults();
    faults.offer(fault('A'), ENOUGH, START);
    for (let i = 0; i < 9; i++) faults.offer(fault('A'), ENOUGH, START + i);
    faults.offer(fault('B'), ENOUGH, START);
    expect(faults.offer(fault('A'), ENOUGH, START + MINUTE)).toEqual({ isKept: true, weight: 10 });
    expect(faults.offer(fault('B'), ENOUGH, START + MINUTE)).toEqual(KEPT);
    expect(faults.offer(fault('A'), ENOUGH, START + 2 * MINUTE)).toEqual(KEPT);
  });

  test('no more are kept than the budget allows', () => {
    const faults = new KeptFaults();
    const budget = budgetOf(3, 0);
    const kept = Array.from({ length: 10 }, (_, i) => faults.offer(fault(`F${i}`), budget, START).isKept);
    expect(kept.filter(Boolean)).toHaveLength(3);
  });

  test('at most 200 faults are kept in a minute', () => {
    const faults = new KeptFaults();
    let kept = 0;
    for (let i = 0; i < 500; i++) if (faults.offer(fault(`F${i}`), ENOUGH, START).isKept) kept++;
    expect(kept).toBe(200);
  });

  test('one unknown release a second is kept, so that made-up releases cannot flood', () => {
    const faults = new KeptFaults();
    let kept = 0;
    for (let i = 0; i < 100; i++) {
      if (faults.offer(fault('A', `made-up@${i}`), ENOUGH, START + i * 50).isKept) kept++;
    }
    expect(kept).toBe(5);
    expect(faults.offer(fault('A', 'made-up@99'), ENOUGH, START + 4_950)).toEqual({
      isKept: false,
      release: '',
    });
  });

  test('a release that appears later has a budget that a loud old one cannot use up', () => {
    const faults = new KeptFaults();
    const flood = (now: number, budget: ReturnType<typeof budgetOf>): void => {
      for (let i = 0; i < 50; i++) faults.offer(fault(`F${i}`), budget, now);
    };
    flood(START, budgetOf(2, 2));
    const budget = budgetOf(2, 2);
    flood(START + MINUTE, budget);
    expect(faults.offer(fault('F60'), budget, START + MINUTE).isKept).toBe(false);
    expect(faults.offer(fault('new'), budget, START + MINUTE).isKept).toBe(false);
    expect(faults.offer(fault('F1', 'shop@2'), budget, START + MINUTE)).toEqual(KEPT);
  });

  test('where the shedding has just begun, the first event of another release is kept: it may be new', () => {
    const faults = new KeptFaults();
    const budget = budgetOf(1, 2);
    for (let i = 0; i < 50; i++) faults.offer(fault(`F${i}`), budget, START);
    expect(faults.offer(fault('new', 'shop@2'), budget, START + 5_000)).toEqual(KEPT);
    expect(faults.offer(fault('newer', 'shop@2'), budget, START + 5_000).isKept).toBe(false);
    expect(faults.offer(fault('new', 'shop@3'), budget, START + 7_000)).toEqual(KEPT);
  });

  test('a release that goes on coming stays known, however many are made up beside it', () => {
    const faults = new KeptFaults();
    const budget = { takeAny: () => false, takeForNewRelease: () => true };
    faults.offer(fault('A', 'shop@1'), budget, START);
    let now = START;
    for (let i = 0; i < 500; i++) {
      now += 1_001;
      faults.offer(fault('A', `made-up@${i}`), budget, now);
      faults.offer(fault('A', 'shop@1'), budget, now);
    }
    // It is not new, so nothing is set aside for it; and it is known, so it is told by its name.
    expect(faults.offer(fault('B', 'shop@1'), budget, now)).toEqual({ isKept: false, release: 'shop@1' });
  });

  test('weights and shed ones add up to what came, as long as no more faults come than are remembered', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ name: fc.nat(30), release: fc.nat(3), wait: fc.nat(20_000), any: fc.boolean() }),
          { maxLength: 200 },
        ),
        (offers) => {
          const faults = new KeptFaults();
          const budget = { takeAny: () => true, takeForNewRelease: () => false };
          let now = START;
          let weights = 0;
          for (const { name, release, wait } of offers) {
            now += wait;
            const kept = faults.offer(fault(`F${name}`, `r${release}`), budget, now);
            if (kept.isKept) weights += kept.weight;
          }
          // What was shed of each and not yet told is told by one more of each, much later but before all is forgotten.
          for (let name = 0; name <= 30; name++) {
            for (let release = 0; release <= 3; release++) {
              now += 1_001;
              faults.offer(fault('tick', `r${release}`), budget, now);
            }
          }
          now += MINUTE;
          let rest = 0;
          for (let name = 0; name <= 30; name++) {
            for (let release = 0; release <= 3; release++) {
              const kept = faults.offer(fault(`F${name}`, `r${release}`), budget, now);
              if (kept.isKept) rest += kept.weight - 1;
            }
          }
          expect(weights + rest).toBe(offers.length);
        },
      ),
    );
  });

  test('what is remembered is bounded, whatever comes', () => {
    const faults = new KeptFaults();
    for (let i = 0; i < 20_000; i++) faults.offer(fault(`F${i}`, `r${i % 5_000}`), ENOUGH, START + i * 20);
    expect(faults.offer(fault('F1'), ENOUGH, START + 20_000 * 20 + 2_000).isKept).toBe(true);
  });
});
