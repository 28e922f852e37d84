import { eventually, skipsForLackOfKafka } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../release/ledger.ts';
import { startLoad } from './expect-nothing-lost.ts';
import { KafkaStack } from './kafka-stack.ts';

const LOST = 3;

describe.skipIf(await skipsForLackOfKafka())('culprit log accept-loss', () => {
  let stack: KafkaStack;
  beforeAll(async () => {
    stack = await KafkaStack.start({ nodes: 1, processors: 1 });
  });
  afterAll(() => stack?.stop());

  test('goes past records that Kafka dropped before they were processed: only those are missing, and verify tells of them', async () => {
    const sender = await startLoad(stack);
    await stack.processors.pop()?.stop();
    const first = (await stack.positions()).get(0) ?? 0;
    const next = first + LOST;
    await eventually('records wait', async () => (await stack.endOf(0)) > next + 20, { timeoutMs: 60_000 });
    const { acknowledged } = await sender.finish();
    await stack.dropBelow(0, next);

    const processor = await stack.addProcessor();
    const health = `http://127.0.0.1:${processor.facts.operationsPort}/health/ready`;
    await eventually(
      'health tells of the loss',
      async () => (await (await fetch(health)).text()).includes('culprit log accept-loss'),
      { timeoutMs: 60_000 },
    );
    const shown = await stack.tool('log-main.ts', 'accept-loss');
    expect(shown).toEqual({
      code: 1,
      output: expect.stringContaining(`culprit log accept-loss 0 --to ${next} --yes`),
    });
    expect((await stack.positions()).get(0)).toBe(first);

    const accepted = await stack.tool('log-main.ts', 'accept-loss', '0', '--to', String(next), '--yes');
    expect(accepted, accepted.output).toMatchObject({ code: 0 });
    await stack.untilEmpty();
    expect(await stack.verify()).toEqual({
      code: 0,
      output: expect.stringMatching(
        new RegExp(`records ${first} to ${next - 1} were lost in the log.*\\n.*All counters agree`),
      ),
    });
    const ledger = await openLedger(stack);
    try {
      expect(await ledger.missing(acknowledged)).toHaveLength(LOST);
    } finally {
      await ledger.close();
    }
    await eventually('the processor is well again', async () => (await fetch(health)).status === 200);
  });
});
