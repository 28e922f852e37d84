import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ProcessorHarness, startProcessorHarness } from '../../services/processor/test/harness.ts';
import {
  SCENARIOS,
  type ScenarioName,
  stageOf,
  type Verdict,
} from '../../services/processor/test/scenarios.ts';
import {
  commitInPieces,
  duplicatesNotLookedUp,
  everyFailureRetried,
  issuesNotCounted,
  noAdoption,
  noLookAhead,
  noPositionCheck,
  noReadBack,
  noToken,
  noTokenAndNoReadBack,
  outcomesNotStored,
  recordsNotLookedUp,
  type SabotageOf,
  together,
} from './sabotages.ts';

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

/** What is broken; the story that must notice (it passes with the promise kept: exactly-once.int.test.ts of the processor); what it finds. */
const BROKEN: readonly (readonly [what: string, SabotageOf, ScenarioName, Verdict])[] = [
  [
    'blocks without token and without reading back',
    noTokenAndNoReadBack,
    'a processor dies between store and commit',
    'doubled',
  ],
  [
    'a token that is another one at each attempt',
    noToken,
    'the insert of a processor that died arrives after its successor has stored the batch',
    'doubled',
  ],
  [
    'no reading back after an unclear answer',
    noReadBack,
    'ClickHouse dies between the token of a block and its part',
    'lost',
  ],
  [
    'a commit that does not check the position',
    noPositionCheck,
    'a processor sleeps while another one commits its batch',
    'doubled',
  ],
  ['a commit in several transactions', commitInPieces, 'a processor dies in the middle of a commit', 'lost'],
  [
    'unfinished plans that are made anew, and no look for rows stored ahead',
    together(noAdoption, noLookAhead),
    'a processor dies between store and commit, and the next one reads longer batches',
    'lost',
  ],
  [
    'no look for rows stored ahead of a restored position',
    noLookAhead,
    'PostgreSQL is put back to an older copy',
    'doubled',
  ],
  [
    'duplicates that nobody looks up',
    duplicatesNotLookedUp,
    'a sender sends an event again, in the same batch, in the next one and after a restart',
    'doubled',
  ],
  [
    'record ids that nobody looks up',
    recordsNotLookedUp,
    'a record of outcomes lies in the log twice, and once more after a restart',
    'doubled',
  ],
  ['outcomes that are not stored', outcomesNotStored, 'a processor dies between store and commit', 'lost'],
  ['counters that are not added', issuesNotCounted, 'a processor dies between store and commit', 'lost'],
];

test('“a bad event harms only itself”, broken on purpose, is noticed: every failure is retried', async () => {
  const stage = stageOf(harness, everyFailureRetried());
  expect(await SCENARIOS['ClickHouse refuses one event among them for good'](stage)).toMatchObject({
    verdict: 'lost',
  });
});

describe('“counted exactly once”, broken on purpose, is noticed:', () => {
  test.each(BROKEN)('%s', async (_, sabotage, scenario, verdict) => {
    expect(await SCENARIOS[scenario](stageOf(harness, sabotage()))).toMatchObject({ verdict });
  });
});
