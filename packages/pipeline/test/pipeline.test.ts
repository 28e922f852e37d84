import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drop, each, ok, pipeline, type RunOptions, reasonOf, whole } from '../src/index.ts';

class Passing extends Error {}
const options: RunOptions = {
  isTransient: (error) => error instanceof Passing,
  backOff: (attempt) => (attempt < 4 ? 0 : -1),
};
const double = each((n: number) => ok(n * 2), 'double');

describe('each', () => {
  test('what one event throws rejects that event alone', async () => {
    const odd = each((n: number) => {
      if (n % 2 === 1) throw new RangeError('a value of the event');
      return ok(n);
    }, 'odd');
    const results = await pipeline<number, undefined>()
      .pipe(odd)
      .pipe(double)
      .run([2, 3, 4], undefined, options);
    expect(results).toEqual([
      { ok: true, value: 4 },
      { ok: false, refusal: { kind: 'dead_letter', stage: 'odd', reason: 'RangeError' } },
      { ok: true, value: 8 },
    ]);
  });

  test('a refused event meets no later stage', async () => {
    const seen: number[] = [];
    const filter = each((n: number) => (n > 1 ? drop('filtered', 'large') : ok(n)), 'filter');
    const look = each((n: number) => {
      seen.push(n);
      return ok(n);
    }, 'look');
    await pipeline<number, undefined>().pipe(filter).pipe(look).run([1, 2], undefined, options);
    expect(seen).toEqual([1]);
  });
});

describe('whole', () => {
  test('halves a batch until the culprit is alone, and the others pass', async () => {
    const poison = whole(async (inputs: readonly number[]) => {
      if (inputs.includes(7)) throw Object.assign(new Error('quotes 7'), { code: '22P02' });
      return inputs.map(ok);
    }, 'poison');
    const inputs = Array.from({ length: 20 }, (_, i) => i);
    const results = await pipeline<number, undefined>().pipe(poison).run(inputs, undefined, options);
    const refused = results.filter((result) => !result.ok);
    expect(refused).toEqual([
      { ok: false, refusal: { kind: 'dead_letter', stage: 'poison', reason: 'Error 22P02' } },
    ]);
    expect(results[7]?.ok).toBe(false);
  });

  test('a transient error is tried again, for the whole batch', async () => {
    let calls = 0;
    const flaky = whole(async (inputs: readonly number[]) => {
      calls += 1;
      if (calls < 3) throw new Passing();
      return inputs.map(ok);
    }, 'flaky');
    const results = await pipeline<number, undefined>().pipe(flaky).run([1, 2], undefined, options);
    expect({ calls, results }).toEqual({ calls: 3, results: [ok(1), ok(2)] });
  });

  test('a transient error that stays is thrown and condemns nobody', async () => {
    const down = whole(async () => {
      throw new Passing('down');
    }, 'down');
    await expect(pipeline<number, undefined>().pipe(down).run([1, 2], undefined, options)).rejects.toThrow(
      Passing,
    );
  });

  test('a stage that loses an input is a bug that is thrown', async () => {
    const lossy = whole(async (inputs: readonly number[]) => inputs.slice(1).map(ok), 'lossy');
    await expect(pipeline<number, undefined>().pipe(lossy).run([1, 2], undefined, options)).rejects.toThrow(
      'stage lossy gave 1 results for 2 inputs',
    );
  });
});

test('one result per input, in order, whatever the poison', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer()), fc.func(fc.boolean()), async (inputs, isPoison) => {
      const stage = whole(async (batch: readonly number[]) => {
        if (batch.some((n) => isPoison(n))) throw new Error('poison');
        return batch.map(ok);
      }, 'stage');
      const results = await pipeline<number, undefined>().pipe(stage).run(inputs, undefined, options);
      expect(results.map((result) => result.ok)).toEqual(inputs.map((n) => !isPoison(n)));
    }),
  );
});

test('the reason of an error has its name and code, never its message', () => {
  expect(reasonOf(Object.assign(new TypeError('secret'), { code: 'E1' }))).toBe('TypeError E1');
  expect(reasonOf('secret')).toBe('thrown value is no error');
});
