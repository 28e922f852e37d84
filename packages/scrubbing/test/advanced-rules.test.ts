import { aNormalizedEvent as anEvent } from '@culprit/testkit/events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SCRUBBING, parseAdvancedRules, scrubEvent } from '../src/index.ts';

function problemsOf(config: unknown): readonly (readonly [string, string])[] {
  return parseAdvancedRules(JSON.stringify(config)).problems.map(({ path, reason }) => [path, reason]);
}

describe('advanced rules', () => {
  test('are read without a word when all of them can be used', () => {
    expect(parseAdvancedRules(null).problems).toEqual([]);
    expect(parseAdvancedRules('').problems).toEqual([]);
    expect(
      problemsOf({
        rules: {
          a: { type: 'pattern', pattern: '[a-z]+', redaction: { method: 'hash' } },
          b: { type: 'redact_pair', keyPattern: 'x', redaction: { method: 'default' } },
          c: { type: 'multiple', rules: ['a', '@common', '@ip:hash', '@common:filter'] },
          d: { type: 'url_auth' },
        },
        applications: {
          '$string && !extra.x': ['a', 'b', 'c', 'd'],
          freeform: ['@password'],
          "$http.headers.'x-y'": ['@uuid'],
        },
        vars: { hashKey: 'x' },
      }),
    ).toEqual([]);
  });

  test.each([
    ['[]', [['', 'must be a JSON object']]],
    ['{', [['', 'must be a JSON object']]],
    [{ rules: 7 }, [['rules', 'must be an object']]],
    [{ rules: { a: { type: 'sorcery' } } }, [['rules.a.type', 'is not known']]],
    [{ rules: { a: {} } }, [['rules.a.type', 'is missing']]],
    [
      { rules: { a: { type: 'ip', redaction: { method: 'burn' } } } },
      [['rules.a.redaction.method', 'is not known']],
    ],
    [
      { rules: { a: { type: 'pattern', pattern: '(a)\\1' } } },
      [['rules.a.pattern', 'is no expression in the syntax of RE2, or too long']],
    ],
    [
      { rules: { a: { type: 'pattern', pattern: 'a{1000}{1000}' } } },
      [['rules.a.pattern', 'is no expression in the syntax of RE2, or too long']],
    ],
    [
      { rules: { a: { type: 'pattern', pattern: 'a', replaceGroups: [1] } } },
      [['rules.a.replaceGroups', 'must be a list of groups of the pattern']],
    ],
    [{ applications: { 'a b': ['@ip'] } }, [['applications.a b', 'is no selector']]],
    [{ applications: { 'a.**.b.**': ['@ip'] } }, [['applications.a.**.b.**', 'is no selector']]],
    [{ applications: { $nonsense: ['@ip'] } }, [['applications.$nonsense', 'is no selector']]],
    [{ applications: { '(a': ['@ip'] } }, [['applications.(a', 'is no selector']]],
    [{ applications: { a: '@ip' } }, [['applications.a', 'must be a list of rules']]],
    [
      { applications: { a: ['@nothing', 'b'] } },
      [
        ['applications.a', 'there is no rule @nothing'],
        ['applications.a', 'there is no rule b'],
      ],
    ],
    [{ rules: { a: { type: 'alias', rule: 'a' } } }, [['rules.a', 'rules are nested too deep']]],
  ])('name what cannot be used: %j', (config, problems) => {
    const text = typeof config === 'string' ? config : JSON.stringify(config);
    expect(parseAdvancedRules(text).problems.map(({ path, reason }) => [path, reason])).toEqual(problems);
  });

  test('never throw, whatever they are', () => {
    const selector = fc.string({
      unit: fc.constantFrom('a', '.', '*', '$', '(', ')', '!', '&&', '||', "'", 'string', ' '),
    });
    const rule = fc.record(
      {
        type: fc.constantFrom('pattern', 'redact_pair', 'ip', 'multiple', 'alias', 'x'),
        pattern: fc.string(),
        rules: fc.jsonValue(),
        rule: fc.string(),
        replaceGroups: fc.jsonValue(),
        redaction: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const config = fc.record({
      rules: fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('a', 'b'), rule)),
      applications: fc.oneof(
        fc.jsonValue(),
        fc.dictionary(selector, fc.array(fc.constantFrom('a', 'b', '@ip', '@anything'))),
      ),
    });
    fc.assert(
      fc.property(config, fc.dictionary(fc.string(), fc.jsonValue()), (rules, extra) => {
        scrubEvent(anEvent({ extra, user: { id: '7' }, tags: [['a', 'b'], null] }), {
          ...DEFAULT_SCRUBBING,
          relayPiiConfig: JSON.stringify(rules),
        });
      }),
      { numRuns: 500 },
    );
  });

  test('take little time over texts that make other engines try for ever, and let nothing through when there is too much', () => {
    const rules = {
      rules: {
        evil: { type: 'pattern', pattern: '(a+)+b|(a|aa)*c', redaction: { method: 'replace', text: 'X' } },
      },
      applications: { $string: ['evil'] },
    };
    const settings = { ...DEFAULT_SCRUBBING, relayPiiConfig: JSON.stringify(rules) };
    const event = anEvent({
      extra: Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`k${i}`, 'a'.repeat(250_000)])),
    });
    const start = process.threadCpuUsage();
    const { extra } = scrubEvent(event, settings);
    expect(process.threadCpuUsage(start).user / 1000).toBeLessThan(10_000);
    // 1,000,000 characters are looked at; what comes after goes unseen.
    expect(Object.values(extra ?? {}).filter((text) => text === 'X')).toHaveLength(5);
  });
});
