import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileGlob } from '../src/index.ts';

describe('globs', () => {
  test.each([
    ['foo', 'foo', true],
    ['foo', 'FOO', true],
    ['foo', 'foobar', false],
    ['foo*', 'foo', true],
    ['foo*', 'foo\nbar', true],
    ['*foo', 'a foo', true],
    ['*foo*bar*', 'xfooybarz', true],
    ['*foo*bar*', 'xbaryfooz', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a?c', 'a😀c', true],
    ['v[0-9].[!a-c]', 'v7.d', true],
    ['v[0-9].[!a-c]', 'v7.b', false],
    ['v[0-9]', 'v10', false],
    ['[]x]', ']', true],
    ['[A-Z]1', 'q1', true],
    ['{foo,bar}-*', 'bar-1', true],
    ['{foo,bar}-*', 'baz-1', false],
    ['a{,b}c', 'ac', true],
    ['a{b,{c,d}e}f', 'adef', true],
    ['a{b,{c,d}e}f', 'adf', false],
    ['{*.js,*.ts}', 'x.ts', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['[abc', '[abc', true],
    ['{abc', '{abc', true],
    ['a.c', 'abc', false],
    ['', '', true],
    ['', 'x', false],
    ['!x', '!x', true],
  ])('%s over %s is %s', (pattern, text, expected) => {
    expect(compileGlob(pattern).matches(text)).toBe(expected);
  });

  test('never throw, and match their own text when it holds nothing special', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (pattern, text) => {
        expect(typeof compileGlob(pattern).matches(text)).toBe('boolean');
        expect(compileGlob(text.replaceAll(/[*?[{\\]/g, '')).matches(text.replaceAll(/[*?[{\\]/g, ''))).toBe(
          true,
        );
      }),
    );
  });

  test('agree with a simple recursive reading', () => {
    const simple = (pattern: string, text: string): boolean => {
      if (pattern === '') return text === '';
      if (pattern[0] === '*')
        return simple(pattern.slice(1), text) || (text !== '' && simple(pattern, text.slice(1)));
      return (
        text !== '' &&
        (pattern[0] === '?' || pattern[0] === text[0]) &&
        simple(pattern.slice(1), text.slice(1))
      );
    };
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (p, t) => compileGlob(p).matches(t) === simple(p, t)),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['*a*a*a*a*a*a*a*a*b', 'a'],
    ['{a,aa,aaa}*{a,aa,aaa}*{a,aa,aaa}*c', 'a'],
    ['*[ab]*[ab]*[ab]*?*?*?x', 'ab'],
    [`*${'{a,b}'.repeat(20)}c`, 'ab'],
  ])('do not backtrack: %s', (pattern, unit) => {
    const glob = compileGlob(pattern);
    const start = process.threadCpuUsage();
    expect(glob.matches(unit.repeat(20_000))).toBe(false);
    // 10 to 100 ms here; a matcher that backtracks would not end today.
    expect(process.threadCpuUsage(start).user / 1000).toBeLessThan(10_000);
  });
});
