import { describe, expect, it } from 'vitest';
import { group } from '../src/index.ts';
import { event, thrown } from './builders.ts';

const mega = 1 << 20;
/** 50 are promised (`bench/hostile.ts`): ten times that, because covered lines are counted and the machine is busy. */
const boundMs = 500;
const hostile: Record<string, string> = {
  digits: '1'.repeat(mega),
  'digits and dots': '1.'.repeat(mega / 2),
  dashes: '-'.repeat(mega),
  quotes: "'a ".repeat(mega / 3),
  'double quotes': '"'.repeat(mega),
  'open brackets': '('.repeat(mega),
  'angle brackets': '<a'.repeat(mega / 2),
  slashes: '/'.repeat(mega),
  colons: '::'.repeat(mega / 2),
  'at signs': 'a@b.'.repeat(mega / 4),
  hex: 'abcdef01-'.repeat(mega / 9),
  URLs: 'http://a '.repeat(mega / 9),
  spaces: ' '.repeat(mega),
  'empty lines': '\n'.repeat(mega),
  'dollar signs': '$$Lambda$Generated'.repeat(mega / 18),
};

describe('grouping', () => {
  it.each(Object.entries(hostile))('is bounded in time for a megabyte of %s in every field', (_, long) => {
    const frames = Array.from({ length: 250 }, (_unused, i) => ({
      function: long,
      module: i % 2 ? long : null,
      filename: long,
      abs_path: long,
    }));
    for (const name of ['javascript', 'native', 'java', 'php', 'ruby']) {
      const times = [
        thrown({ type: long, value: long }, { platform: name }),
        thrown({ type: long, value: long, stacktrace: { frames } }, { platform: name }),
        event({ logentry: { message: long, formatted: long }, transaction: long, platform: name }),
      ].map((given) => {
        const start = process.threadCpuUsage();
        group(given);
        return process.threadCpuUsage(start).user / 1000;
      });
      expect(Math.max(...times)).toBeLessThan(boundMs);
    }
  });
});
