import { parseGroupingHash } from '@culprit/protocol';
import { expect, test } from 'vitest';
import {
  condemn,
  type Decision,
  makePlan,
  PLAN_FORMAT,
  parsePlan,
  planColumnOf,
  splitPlan,
} from '../batch/plan.ts';

const hash = parseGroupingHash('00000000000000aa');
if (hash === undefined) throw new Error('not a hash');
const decisions: readonly Decision[] = [
  { d: 'event', o: 5, hash, strategy: '2026-11-21', deploy: '7' },
  { d: 'drop', o: 6, outcome: 'invalid', reason: 'duplicate' },
  { d: 'outcomes', o: 9 },
];
const plan = makePlan(decisions, [2_000, 1_000, 3_000]);

test('a plan spans its records and the times they were received', () => {
  expect(plan).toEqual({ first: 5, last: 9, from: 1_000, to: 3_001, storedTables: [], decisions });
});

test('what is written is what is read, and fields of a newer release are kept', () => {
  const column = { ...JSON.parse(planColumnOf(plan)), newer: 'field' };
  const read = parsePlan({ first: 5, last: 9, format_version: PLAN_FORMAT, plan: column });
  expect(read).toEqual({ ...plan, newer: 'field' });
  expect(JSON.parse(planColumnOf(read))).toEqual(column);
});

test('a plan of a newer format is refused, so that nobody guesses', () => {
  expect(() => parsePlan({ first: 5, last: 9, format_version: PLAN_FORMAT + 1, plan: {} })).toThrow(/newer/);
});

test('split plans border on each other and lose nothing', () => {
  const { head, rest } = splitPlan(plan, 1);
  expect([head.first, head.last, rest?.first, rest?.last]).toEqual([5, 5, 6, 9]);
  expect([...head.decisions, ...(rest?.decisions ?? [])]).toEqual(decisions);
  expect(splitPlan(plan, 3).rest).toBeUndefined();
});

test('condemning touches the first decision only', () => {
  expect(condemn(plan, 'store', 'ClickHouseError 27').decisions).toEqual([
    { d: 'dead_letter', o: 5, stage: 'store', reason: 'ClickHouseError 27' },
    ...decisions.slice(1),
  ]);
});

test('a release that does not know an item makes a dead letter of it, this one reads what was decided', () => {
  const items: readonly Decision[] = [
    { d: 'item', o: 5 },
    { d: 'drop', o: 6, outcome: 'filtered', reason: 'release-version', isItem: true },
    { d: 'dead_letter', o: 7, stage: 'commit', reason: 'Error' },
    { d: 'drop', o: 8, outcome: 'invalid', reason: 'duplicate' },
  ];
  const itemPlan = makePlan(items, [1_000]);
  const column = JSON.parse(planColumnOf(itemPlan));
  // What a release before sessions were known reads: its five kinds of decisions, and fields that it keeps.
  expect(column.decisions.map((written: { d: string }) => written.d)).toEqual([
    'dead_letter',
    'dead_letter',
    'dead_letter',
    'drop',
  ]);
  expect(column.decisions[0]).toMatchObject({ o: 5, stage: 'frame', reason: 'record kind is not known' });
  expect(parsePlan({ first: 5, last: 8, format_version: PLAN_FORMAT, plan: column })).toEqual(itemPlan);
});
