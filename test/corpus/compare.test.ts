import { describe, expect, test } from 'vitest';
import { readCorpus, sendingsOf } from './case.ts';
import { mismatches } from './compare.ts';
import { fill } from './fill.ts';
import gaps from './known-gaps.json' with { type: 'json' };
import { wireRequestOf } from './request.ts';

const FACTS = {
  id: 'ab'.repeat(16),
  project: 7,
  otherProject: 8,
  key: 'c'.repeat(32),
  dsn: 'http://k@h/7',
  now: 1_800_000_000,
};

describe('a comparison', () => {
  test.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: null }, { a: 0 }],
    [[1, 2], [1]],
    [{ $now: -10 }, 1_800_000_000],
    [{ $pairs: [['a', 'b']] }, [['a', 'c']]],
    [{ $hasPairs: [['a', 'b']] }, []],
    [{ $without: 'secret' }, 'a secret'],
    [{ $length: 2 }, [1]],
    [{ $last: { a: 1 } }, [{ b: 1 }, { a: 1 }]],
    [{ $limits: ['span'] }, '60:error;span:key'],
    [{ $limits: ['span'] }, '60::key'],
  ])('of %j with %j fails', (expected, actual) => {
    expect(mismatches(expected, actual, FACTS)).toHaveLength(1);
  });

  test.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [{ a: { b: null } }, {}],
    ['*', 5],
    [{ $now: 0, within: 60 }, 1_800_000_030],
    [{ $last: { a: 1 } }, [null, { a: 1 }]],
    [{ $limits: ['span'] }, '300:span;log_item:key:not_supported'],
  ])('of %j with %j holds', (expected, actual) => {
    expect(mismatches(expected, actual, FACTS)).toEqual([]);
  });
});

describe('the corpus', () => {
  const corpus = readCorpus();

  test('says of each case what must become of it', () => {
    const silent = corpus.filter(({ expect: wanted }) => Object.keys(wanted).length === 0);
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test('has bytes for every case', () => {
    for (const one of corpus) {
      // What is compressed is large: it is enough that the others can be made.
      for (const sending of sendingsOf(one).filter(({ encoding }) => encoding === undefined)) {
        expect(wireRequestOf(sending, FACTS).path).toMatch(/^\//);
      }
      fill(one.expect, FACTS);
    }
  });

  test('lists only gaps that are cases', () => {
    const names = new Set(corpus.map(({ name }) => name));
    expect(Object.keys(gaps).filter((name) => !names.has(name))).toEqual([]);
  });
});
