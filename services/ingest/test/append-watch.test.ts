import { EventLogError } from '@culprit/event-log';
import { createRegistry } from '@culprit/runtime';
import { manualClock } from '@culprit/testkit';
import { expect, it } from 'vitest';
import { AppendWatch } from '../accept/append-watch.ts';
import { seldom } from '../accept/seldom.ts';
import { createIngestMetrics } from '../metrics.ts';
import { MemoryLog } from './harness.ts';

function aWatch() {
  const clock = manualClock();
  const log = new MemoryLog();
  const metrics = createIngestMetrics(createRegistry());
  return { clock, log, metrics, watch: new AppendWatch(log, clock, metrics) };
}
const record = [{ key: '1:a', value: new Uint8Array(1) }];

it('is not ready for ten seconds after a failed append, or until one succeeds', async () => {
  const { clock, log, metrics, watch } = aWatch();
  expect(watch.whyNot()).toBeUndefined();
  log.failure = new EventLogError('unavailable', 'no');
  await expect(watch.append(record)).rejects.toThrow('no');
  expect(watch.whyNot()).toBe('the last append to the event log failed');
  clock.advance(9_999);
  expect(watch.whyNot()).toBeDefined();
  clock.advance(1);
  expect(watch.whyNot()).toBeUndefined();
  await expect(watch.append(record)).rejects.toThrow('no');
  log.failure = undefined;
  await watch.append(record);
  expect(watch.whyNot()).toBeUndefined();
  expect((await metrics.appendFailures.get()).values).toMatchObject([
    { labels: { code: 'unavailable' }, value: 2 },
  ]);
});

it('is not ready while an append hangs', async () => {
  const { clock, watch, log } = aWatch();
  let finish = (): void => {};
  log.append = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const appending = watch.append(record);
  clock.advance(10_000);
  expect(watch.whyNot()).toBe('an append to the event log takes 10 s already');
  finish();
  await appending;
  expect(watch.whyNot()).toBeUndefined();
});

it('a record that is too large says nothing about the log', async () => {
  const { log, watch } = aWatch();
  log.failure = new EventLogError('too_large', 'too large');
  await expect(watch.append(record)).rejects.toThrow('too large');
  expect(watch.whyNot()).toBeUndefined();
});

it('tells once in ten seconds that every request fails', () => {
  const clock = manualClock();
  const told: unknown[] = [];
  const onFailure = seldom(clock, (err, untold) => told.push([err, untold]));
  for (let second = 0; second < 25; second++) {
    onFailure(second);
    clock.advance(1_000);
  }
  expect(told).toEqual([
    [0, 0],
    [10, 9],
    [20, 9],
  ]);
});
