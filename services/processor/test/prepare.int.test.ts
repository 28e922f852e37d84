import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepare } from '../batch/prepare.ts';
import { BATCH_LIMITS } from '../consumer.ts';
import { type ProcessorHarness, startProcessorHarness } from './harness.ts';

let harness: ProcessorHarness;
beforeEach(async () => {
  harness = await startProcessorHarness();
});
afterEach(() => harness.stop());

test('a batch is cut where its events become too large, and no record is passed over', async () => {
  const count = 80;
  for (let n = 0; n < count; n += 1) {
    await harness.append({});
    if (n % 10 === 0)
      await harness.appendItems({ kind: 'check_in', json: { monitor_slug: 'nightly', status: 'ok' } });
  }
  const records = await harness.log.read(0, 0, BATCH_LIMITS);
  const offsets = records.map(({ offset }) => offset);
  const whole = await prepare(records, harness.context);
  expect(whole.map(({ offset }) => offset)).toEqual(offsets);
  // Always something, however small the room.
  const lengths: number[] = [];
  const cut: number[] = [];
  while (cut.length < records.length) {
    const items = await prepare(records.slice(cut.length), harness.context, { maxBytes: 1 });
    lengths.push(items.length);
    cut.push(...items.map(({ offset }) => offset));
  }
  expect(cut).toEqual(offsets);
  expect(Math.max(...lengths)).toBeLessThan(40);
  // What a plan has decided is prepared whole.
  const adopted = await prepare(records, harness.context, { maxBytes: 1, isWhole: true });
  expect(adopted.map(({ offset }) => offset)).toEqual(offsets);
});
