import { eventually } from '@culprit/testkit';
import { expect } from 'vitest';
import { openLedger } from '../release/ledger.ts';
import { type Sender, startSender } from '../release/sender.ts';
import type { KafkaStack } from './kafka-stack.ts';

const RATE = 60;

/** Events at a steady rate, from before the fault on. Resolves when some were committed. */
export async function startLoad(stack: KafkaStack, rate = RATE): Promise<Sender> {
  const before = await stack.committed();
  const sender = startSender(stack.dsn, rate);
  await eventually('events are committed', async () => (await stack.committed()) > before + rate, {
    timeoutMs: 60_000,
  });
  return sender;
}

/** Resolves when the log has got on by some records, which shows that the stack is over the fault. */
export async function untilWorkMoves(stack: KafkaStack): Promise<void> {
  const before = await stack.committed();
  await eventually('work moves', async () => (await stack.committed()) > before + RATE, {
    timeoutMs: 120_000,
  });
}

/** What is looked at when all is sent. */
export type StackAtRest = Pick<KafkaStack, 'clickhouseUrl' | 'untilEmpty' | 'verify'>;

/** Every event was acknowledged with 200, and is there once; everything that is derived agrees with the events. */
export async function expectNothingLost(stack: StackAtRest, sender: Sender): Promise<void> {
  const { failures, sent, acknowledged } = await sender.finish();
  await stack.untilEmpty();
  expect(failures).toEqual({});
  expect(acknowledged.size).toBe(sent);
  const ledger = await openLedger(stack);
  try {
    expect(await ledger.missing(acknowledged)).toEqual([]);
    expect(await ledger.doubled(acknowledged)).toEqual([]);
  } finally {
    await ledger.close();
  }
  expect(await stack.verify()).toEqual({ code: 0, output: expect.stringContaining('All counters agree') });
}
