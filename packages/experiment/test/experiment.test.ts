import { createRegistry } from '@culprit/runtime';
import { expect, test } from 'vitest';
import { createExperimentMetrics, experiment } from '../src/index.ts';

function setUp(candidate: (n: number) => number, share = 1) {
  const registry = createRegistry();
  const mismatches: unknown[] = [];
  let now = 0;
  const run = experiment({
    name: 'doubling',
    control: (n: number) => n * 2,
    candidate,
    isEqual: (a, b) => a === b,
    share: () => share,
    metrics: createExperimentMetrics(registry),
    onMismatch: (mismatch) => mismatches.push(mismatch),
    now: () => now,
  });
  const runsOf = async (): Promise<Record<string, number>> => {
    const metric = await registry.getSingleMetric('culprit_experiment_runs_total')?.get();
    return Object.fromEntries(
      (metric?.values ?? []).map(({ labels, value }) => [String(labels['result']), value]),
    );
  };
  return { run, runsOf, mismatches, passTime: (ms: number) => (now += ms) };
}

test('the caller gets the result of the old code, whatever the new code does', async () => {
  const wrong = setUp((n) => n * 3);
  expect(wrong.run(2)).toBe(4);
  expect(await wrong.runsOf()).toEqual({ different: 1 });

  const broken = setUp(() => {
    throw new Error('broken');
  });
  expect(broken.run(2)).toBe(4);
  expect(await broken.runsOf()).toEqual({ error: 1 });
});

test('equal results are counted as equal and tell nobody', async () => {
  const same = setUp((n) => n + n);
  expect(same.run(3)).toBe(6);
  expect({ runs: await same.runsOf(), mismatches: same.mismatches }).toEqual({
    runs: { equal: 1 },
    mismatches: [],
  });
});

test('of many mismatches one a minute is told', () => {
  const wrong = setUp((n) => n * 3);
  wrong.run(1);
  wrong.run(2);
  expect(wrong.mismatches).toHaveLength(1);
  wrong.passTime(60_000);
  wrong.run(3);
  expect(wrong.mismatches).toHaveLength(2);
});

test('a share of 0 never runs the new code', async () => {
  const never = setUp(() => {
    throw new Error('was run');
  }, 0);
  expect(never.run(2)).toBe(4);
  expect(await never.runsOf()).toEqual({});
});
