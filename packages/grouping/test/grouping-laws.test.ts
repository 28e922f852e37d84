import type { Frame, NormalizedEvent } from '@culprit/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { group } from '../src/index.ts';
import { event, thrown } from './builders.ts';

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    'a.b.C',
    'foo::bar<T>(int)',
    'async x.y',
    'https://a.b/c.js?d',
    '<anonymous>',
    '?',
    'x(((((',
    "it's '1'",
  ),
);
const optional = fc.option(text, { nil: undefined });
const frame: fc.Arbitrary<Frame> = fc
  .record({
    function: optional,
    module: optional,
    filename: optional,
    abs_path: optional,
    in_app: fc.option(fc.boolean()),
  })
  .map((parts) => parts as Frame);
const chain = fc.array(
  fc.record({
    type: optional,
    value: optional,
    stacktrace: fc.option(fc.record({ frames: fc.array(frame, { maxLength: 6 }) })),
    mechanism: fc.option(fc.record({ synthetic: fc.boolean() })),
  }),
  { maxLength: 3 },
);
const platform = fc.constantFrom(
  'javascript',
  'node',
  'python',
  'java',
  'native',
  'ruby',
  'php',
  'csharp',
  'other',
);
const any: fc.Arbitrary<NormalizedEvent> = fc
  .record({
    platform,
    exception: fc.option(chain.map((values) => ({ values }))),
    logentry: fc.option(fc.record({ message: optional, formatted: optional })),
    fingerprint: fc.option(fc.array(fc.oneof(text, fc.constant('{{ default }}')), { maxLength: 3 })),
    transaction: optional,
    threads: fc.option(
      fc.record({
        values: fc.array(
          fc.record({ crashed: fc.boolean(), stacktrace: fc.record({ frames: fc.array(frame) }) }),
        ),
      }),
    ),
  })
  .map(event);

describe('grouping', () => {
  it('gives every event a hash, a title and a culprit, and the same ones again', () => {
    fc.assert(
      fc.property(any, (given) => {
        const grouped = group(given);
        expect(grouped.hash).toMatch(/^[0-9a-f]{16}$/);
        expect(grouped.title).not.toBe('');
        expect(Math.max(grouped.title.length, grouped.culprit.length)).toBeLessThanOrEqual(256);
        expect(group(JSON.parse(JSON.stringify(given)))).toEqual(grouped);
      }),
      { numRuns: 1500 },
    );
  });

  it('never looks at lines, columns, variables and addresses', () => {
    fc.assert(
      fc.property(any, fc.nat(), (given, n) => {
        const moved = {
          ...given,
          exception: given.exception && {
            values: given.exception.values.map((exception) => ({
              ...exception,
              stacktrace: exception.stacktrace && {
                frames:
                  exception.stacktrace.frames?.map((one) => ({
                    ...one,
                    lineno: n,
                    colno: n,
                    vars: { n },
                    instruction_addr: `0x${n}`,
                  })) ?? null,
              },
            })),
          },
        };
        expect(group(moved as NormalizedEvent).hash).toBe(group(given).hash);
      }),
      { numRuns: 500 },
    );
  });

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
