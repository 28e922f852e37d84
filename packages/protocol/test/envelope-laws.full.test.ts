import { expect, test } from 'vitest';
import { checkEnvelopeLaws } from './envelope-laws.ts';

test('100,000 fuzzed and mutated inputs are read as the slow reader reads them, and none throws', () => {
  const { accepted, refused } = checkEnvelopeLaws(100_000);
  expect(accepted).toBeGreaterThan(15_000);
  expect(refused).toBeGreaterThan(10_000);
});
