import { expect, test } from 'vitest';
import { ByteBudget } from '../src/clickhouse/byte-budget.ts';

test('bytes above the limit are refused, and what is given back can be taken again', () => {
  const budget = new ByteBudget(100);
  budget.take(60);
  expect(() => budget.take(41)).toThrow(expect.objectContaining({ code: 202, status: 503 }));
  budget.take(40);
  budget.give(60);
  budget.take(60);
});
