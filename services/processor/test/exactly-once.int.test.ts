import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProcessorHarness, startProcessorHarness } from './harness.ts';
import { SCENARIOS, type ScenarioName, stageOf } from './scenarios.ts';

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

// The same stories with a promise broken on purpose: test/sabotage.
test.each(Object.keys(SCENARIOS) as ScenarioName[])(
  'every event is there exactly once when %s',
  async (name) => {
    const { appended, ...judgement } = await SCENARIOS[name](stageOf(harness));
    expect(judgement).toMatchObject({ verdict: 'exactly once', rows: appended, counted: appended });
    const findings = await harness.verify();
    expect(findings.filter(({ what }) => !what.includes('outcomes'))).toEqual([]);
    expect(harness.alarms).toEqual([]);
  },
);
