import type { Frame, NormalizedEvent } from '@culprit/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { group } from '../src/index.ts';
import { event } from './builders.ts';

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
});
