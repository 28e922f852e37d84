import { defineQuery } from '@culprit/clickhouse';
import { parseProjectId } from '@culprit/protocol';
import { aLogRecord, anEvent, NOON } from '@culprit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { eventId, type ProcessorHarness, startProcessorHarness } from './harness.ts';

const weights = defineQuery({
  name: 'test_weights',
  params: {},
  row: z.object({ kept_weight: z.number() }),
  sql: 'SELECT kept_weight FROM events ORDER BY log_offset',
});
const shedByRelease = defineQuery({
  name: 'test_shed_by_release',
  params: {},
  row: z.object({ reason: z.string(), release: z.string(), quantity: z.coerce.number() }),
  sql: `SELECT reason, toString(release) AS release, sum(quantity) AS quantity FROM outcomes WHERE outcome = 'rate_limited'
    GROUP BY reason, release ORDER BY reason, release`,
});

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

function projectId() {
  const id = parseProjectId(harness.projectId);
  if (id === undefined) throw new Error('the project has no id');
  return id;
}

test('an event that was kept beyond a quota is stored with the number that it stands for, every other with 1', async () => {
  const record = (kept_weight?: number) => {
    const id = eventId();
    const { header, payload } = aLogRecord({ project_id: projectId(), id, event: anEvent({ event_id: id }) });
    return { header: { ...header, ...(kept_weight === undefined ? {} : { kept_weight }) }, payload };
  };
  await harness.appendRecords(record(), record(20));
  await harness.processor().drain();
  expect(await harness.clickhouse.query(weights, {})).toEqual([{ kept_weight: 1 }, { kept_weight: 20 }]);
});

test('what was shed is counted by its release, as ingest says it', async () => {
  const shed = { outcome: 'rate_limited', reason: 'shed', category: 'error', key_id: 1 } as const;
  const outcomes = [
    { ...shed, quantity: 3, release: 'shop@1' },
    { ...shed, quantity: 4, release: 'shop@2' },
    { ...shed, quantity: 5, release: 'shop@1' },
    { ...shed, quantity: 6, reason: 'project_quota' },
  ];
  const header = {
    kind: 'outcomes',
    project_id: projectId(),
    id: eventId(),
    received: NOON,
    outcomes,
  } as const;
  await harness.appendRecords({ header, payload: new Uint8Array(0) });
  await harness.processor().drain();
  expect(await harness.clickhouse.query(shedByRelease, {})).toEqual([
    { reason: 'project_quota', release: '', quantity: 6 },
    { reason: 'shed', release: 'shop@1', quantity: 8 },
    { reason: 'shed', release: 'shop@2', quantity: 4 },
  ]);
});
