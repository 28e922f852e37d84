import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FORMS, hasSigns, isCandidate, WORDS } from '../src/candidates.ts';

const PARTS = [
  ...'password passwd PassWord secret SECRET credentials Credentials api_key api-key apikey ApiKey auth AUTH mysql_pwd'.split(
    ' ',
  ),
  ...'private_key private-key privatekey token Token bearer\t @ ----- users/ Users\\ home/ HOME\\ settings/ profiles\\'.split(
    ' ',
  ),
  ...'4571234567890111 123-45-6789 DE89370400440532013000 4571-2345-6789-0111 4 5 7 1 2 3 4 5 6 7 8 9'.split(
    ' ',
  ),
  ...'key create order orders/ class sw wow -- --- 12 2026-11-21 é \u00a0 \u2028 _ / \\ Z'.split(' '),
];
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PARTS),
      fc.string({ maxLength: 4 }),
      fc.string({ unit: fc.constantFrom('0', '7', '-', ' ', 'A'), maxLength: 16 }),
    ),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));

describe('the quick look at a text', () => {
  test('overlooks nothing that the expressions would find', () => {
    fc.assert(
      fc.property(text, (one) => {
        if (WORDS.test(one) || FORMS.test(one)) expect(hasSigns(one)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  test('lets pass what most texts are', () => {
    const plain = [
      'div.checkout > button#save-1f2e3d',
      '/api/v2/orders/1f2e3d4c5b6a?page=3&trace=0011aabbccddeeff',
      'load Invoice 9f8e7d6c5b took 4123 ms',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
      'https://shop.example/account/profile?s=1a2b3c4d',
    ];
    expect(plain.filter(hasSigns)).toEqual([]);
    expect(plain.filter(isCandidate)).toEqual([]);
  });
});
