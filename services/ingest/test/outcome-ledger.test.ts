import type { NewRecord } from '@culprit/event-log';
import { decodeLogRecord, type OutcomesRecordHeader, type ProjectId } from '@culprit/protocol';
import { createRegistry, silentLogger } from '@culprit/runtime';
import { manualClock } from '@culprit/testkit';
import { expect, test } from 'vitest';
import { OutcomeLedger } from '../accept/outcome-ledger.ts';
import { createIngestMetrics } from '../metrics.ts';

const SENDER = { projectId: 42 as ProjectId, keyId: 1 };
/** Different sums that are held. */
const MOST = 5_000;

test('codes of quotas and words of clients are no labels of metrics', async () => {
  const registry = createRegistry();
  const ledger = new OutcomeLedger({
    log: { append: async () => {} },
    clock: manualClock(),
    logger: silentLogger(),
    metrics: createIngestMetrics(registry),
  });
  for (let i = 0; i < 100; i++) {
    ledger.add(SENDER, 'rate_limited', `code-${i}`, 'error', 1);
    ledger.add(SENDER, 'client_discard', `word-${i}`, 'error', 1);
  }
  ledger.add(SENDER, 'rate_limited', 'shed', 'error', 1);
  ledger.add(SENDER, 'invalid', 'empty_envelope', 'default', 1);
  await ledger.close();
  const lines = (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith('culprit_ingest_outcomes_total'));
  expect(lines.sort()).toEqual([
    'culprit_ingest_outcomes_total{outcome="client_discard",category="error",reason="reported"} 100',
    'culprit_ingest_outcomes_total{outcome="invalid",category="default",reason="empty_envelope"} 1',
    'culprit_ingest_outcomes_total{outcome="rate_limited",category="error",reason="quota"} 100',
    'culprit_ingest_outcomes_total{outcome="rate_limited",category="error",reason="shed"} 1',
  ]);
});

test('what may be in the log though its append has failed is sent again by the same ids, and so counts once', async () => {
  const records: NewRecord[] = [];
  let failures = 2;
  const ledger = new OutcomeLedger({
    log: {
      append: async (some) => {
        records.push(...some);
        if (failures-- > 0) throw new Error('no answer');
      },
    },
    clock: manualClock(),
    logger: silentLogger(),
    metrics: createIngestMetrics(createRegistry()),
  });
  for (const reason of ['a', 'b', 'c']) {
    ledger.add(SENDER, 'invalid', reason, 'error', 1);
    await ledger.flush();
  }
  await ledger.close();
  const counted = new Map(
    records.map(({ value }) => {
      const { id, outcomes } = decodeLogRecord(value).header as OutcomesRecordHeader;
      return [id, outcomes.map(({ reason, quantity }) => `${reason} ${quantity}`)];
    }),
  );
  expect([...counted.values()].flat()).toEqual(['a 1', 'b 1', 'c 1']);
});

test('a client that reports thousands of words costs others no reason', async () => {
  const records: NewRecord[] = [];
  const ledger = new OutcomeLedger({
    log: { append: async (some) => void records.push(...some) },
    clock: manualClock(),
    logger: silentLogger(),
    metrics: createIngestMetrics(createRegistry()),
  });
  for (let i = 0; i < 2 * MOST; i++) ledger.add(SENDER, 'client_discard', `word-${i}`, 'error', 1);
  ledger.add({ projectId: 43 as ProjectId, keyId: 2 }, 'rate_limited', 'too_many', 'error', 1);
  await ledger.close();
  const headers = records.map(({ value }) => decodeLogRecord(value).header as OutcomesRecordHeader);
  const others = headers.filter(({ project_id }) => project_id === 43).flatMap(({ outcomes }) => outcomes);
  expect(others.map(({ reason }) => reason)).toEqual(['too_many']);
  expect(headers.flatMap(({ outcomes }) => outcomes).length).toBeLessThanOrEqual(MOST);
});

test('while nothing can be appended different sums do not gather without end, and none is lost', async () => {
  const refusals: ((error: Error) => void)[] = [];
  const records: NewRecord[] = [];
  let isAway = true;
  const ledger = new OutcomeLedger({
    log: {
      append: async (some) => {
        if (isAway) await new Promise((_resolve, reject) => refusals.push(reject));
        records.push(...some);
      },
    },
    clock: manualClock(),
    logger: silentLogger(),
    metrics: createIngestMetrics(createRegistry()),
  });
  const rounds = 4;
  for (let round = 0; round < rounds; round++) {
    const flushed = round === 0 ? undefined : ledger.flush();
    // What comes while an append is under way.
    for (let i = 0; i < MOST; i++) ledger.add(SENDER, 'client_discard', `r${round}-${i}`, 'error', 1);
    refusals.pop()?.(new Error('the log is away'));
    await flushed;
  }
  isAway = false;
  await ledger.close();
  const outcomes = records.flatMap(
    ({ value }) => (decodeLogRecord(value).header as OutcomesRecordHeader).outcomes,
  );
  expect(outcomes.length).toBeLessThanOrEqual(MOST + 1);
  expect(outcomes.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(rounds * MOST);
});
