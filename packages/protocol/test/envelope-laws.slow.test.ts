import { expect, test } from 'vitest';
import { checkEnvelopeLaws } from './envelope-laws.ts';

test('any bytes are read as the slow reader reads them, and nothing throws', () => {
  const { accepted, refused } = checkEnvelopeLaws(3_000);
  // Both sides of the law must have been met often for it to mean anything.
  expect(accepted).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(300);
});
