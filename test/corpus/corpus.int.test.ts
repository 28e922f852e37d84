import { beforeAll, describe, expect, test } from 'vitest';
import { readCorpus } from './case.ts';
import { runCorpus } from './corpus-run.ts';
import gaps from './known-gaps.json' with { type: 'json' };

const corpus = readCorpus();
const knownGaps: Readonly<Record<string, string>> = gaps;

describe('the ingest protocol', () => {
  let results: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    results = await runCorpus(corpus);
  }, 600_000);

  test.each(corpus.filter(({ name }) => !(name in knownGaps)).map(({ name }) => name))('%s', (name) => {
    expect(results.get(name)).toEqual([]);
  });

  test.each(Object.keys(knownGaps))('is known not to hold yet: %s', (name) => {
    expect(results.get(name)?.length).toBeGreaterThan(0);
  });
});
