import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShortId, shortIdOf } from '../src/short-id.ts';

describe('a short id', () => {
  it('is the slug and the number in base 36, and is read in any case', () => {
    expect(shortIdOf('my-shop', 3319)).toBe('MY-SHOP-2K7');
    expect(parseShortId('my-shop-2k7')).toEqual({ projectSlug: 'my-shop', number: 3319 });
  });

  it('comes back from its text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 36 ** 10 - 1 }), (number) => {
        expect(parseShortId(shortIdOf('a-1', number))).toEqual({ projectSlug: 'a-1', number });
      }),
    );
  });

  it('is not found in what is none', () => {
    for (const text of ['', '-', 'shop', '-1', 'shop-', 'shop-0', 'shop-ü', 'shop-12345678901']) {
      expect(parseShortId(text)).toBeUndefined();
    }
  });
});
