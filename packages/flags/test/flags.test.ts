import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineFlags, expiredFlags, flagRules, isOnByRules, productFlags } from '../src/index.ts';

const about = { description: 'for a test', owner: 'nobody', default: false };

describe('declared flags', () => {
  test('no flag of the product is past its last day', () => {
    expect(Object.keys(productFlags).filter((name) => expiredFlags(Date.now()).includes(name))).toEqual([]);
  });

  test('a flag has expired from the day after its last day', () => {
    defineFlags({ 'test-expiry': { ...about, endsOn: '2026-11-20' } });
    expect(expiredFlags(Date.UTC(2026, 10, 20, 23, 59, 59, 999))).not.toContain('test-expiry');
    expect(expiredFlags(Date.UTC(2026, 10, 21))).toContain('test-expiry');
  });

  test.each([
    ['a name of another kind', { 'Not A Name': { ...about, endsOn: '2026-11-20' } }],
    ['a day that is none', { 'test-day': { ...about, endsOn: 'soon' } }],
    ['a thirteenth month', { 'test-month': { ...about, endsOn: '2026-13-01' } }],
  ])('refuse %s', (_what, definitions) => {
    expect(() => defineFlags(definitions)).toThrow(RangeError);
  });

  test('refuse a name declared twice', () => {
    const definitions = { 'test-twice': { ...about, endsOn: '2026-11-20' } };
    defineFlags(definitions);
    expect(() => defineFlags(definitions)).toThrow('declared twice');
  });
});

describe('rules', () => {
  test.each([
    ['nothing', {}, { projectId: 1 }, false],
    ['everywhere', { everywhere: true }, {}, true],
    [
      'off everywhere, whatever else is said',
      { everywhere: false, projects: [1], staff: true },
      { projectId: 1, isStaff: true },
      false,
    ],
    ['the project', { projects: [1] }, { projectId: 1 }, true],
    ['another project', { projects: [1] }, { projectId: 2 }, false],
    ['the organization', { organizations: ['7'] }, { organizationId: '7', projectId: 2 }, true],
    ['staff', { staff: true }, { isStaff: true }, true],
    ['not staff', { staff: true }, { isStaff: false }, false],
    ['a hundred percent', { percentage: 100 }, { projectId: 1 }, true],
    ['a hundred percent, nobody in particular', { percentage: 100 }, {}, true],
    ['ninety-nine percent, nobody in particular', { percentage: 99 }, {}, false],
    ['no percent', { percentage: 0 }, { projectId: 1 }, false],
  ])('%s', (_what, rules, subject, isOn) => {
    expect(isOnByRules('test', rules, subject)).toBe(isOn);
  });

  test('a percentage is kept within one point of it over many projects', () => {
    for (const percentage of [1, 10, 50]) {
      let on = 0;
      for (let projectId = 1; projectId <= 20_000; projectId++) {
        if (isOnByRules('test', { percentage }, { projectId })) on++;
      }
      expect(Math.abs(on / 200 - percentage)).toBeLessThan(1);
    }
  });

  test('a higher percentage only adds', () => {
    const percentages = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 }));
    fc.assert(
      fc.property(percentages, fc.nat(), ([a, b], projectId) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const isOn = (percentage: number) => isOnByRules('test', { percentage }, { projectId });
        expect(!isOn(low) || isOn(high)).toBe(true);
      }),
    );
  });

  test('two flags of one percentage pick different projects', () => {
    const projects = Array.from({ length: 2_000 }, (_, projectId) => projectId);
    const both = projects.filter(
      (projectId) =>
        isOnByRules('one', { percentage: 50 }, { projectId }) &&
        isOnByRules('two', { percentage: 50 }, { projectId }),
    );
    expect(both.length).toBeGreaterThan(400);
    expect(both.length).toBeLessThan(600);
  });

  test('a percentage beyond a hundred is no rule', () => {
    expect(flagRules.safeParse({ percentage: 101 }).success).toBe(false);
  });
});
