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
