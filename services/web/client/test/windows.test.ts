import { expect, test } from 'vitest';
import { windowWord } from '../src/features/settings/windows.ts';

test.each([
  [60, 'minute'],
  [3_600, 'hour'],
  [86_400, 'day'],
  [2_592_000, '30 days'],
  [7_200, '2 hours'],
  [90, '90 seconds'],
  [1, 'second'],
])('a window of %i seconds is every %s', (window, word) => {
  expect(windowWord(window)).toBe(word);
});
