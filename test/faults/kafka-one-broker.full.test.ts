import { setTimeout as delay } from 'node:timers/promises';
import { eventually, skipsForLackOfKafka } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectNothingLost, startLoad, untilWorkMoves } from './expect-nothing-lost.ts';
import { KafkaStack, SESSION_MS } from './kafka-stack.ts';

describe.skipIf(await skipsForLackOfKafka())('on one broker, with two processors under load', () => {
  let stack: KafkaStack;
  beforeAll(async () => {
    stack = await KafkaStack.start({ nodes: 1, processors: 2 });
  });
  afterAll(() => stack?.stop());

  test('the broker dies and is away for a while: every event is answered with 200, and counted once', async () => {
    const sender = await startLoad(stack);
    const [broker] = stack.kafka.nodes;
    await broker?.kill('SIGKILL');
    await eventually('events wait in the spool', async () => (await stack.spooled()) > 200, {
      timeoutMs: 60_000,
    });
    await broker?.restart();
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
  });

  test('a processor is stopped between store and commit until another has its partitions, and goes on: nothing is counted twice', async () => {
    const sender = await startLoad(stack);
    const { processor, release } = await stack.hold('stored');
    await processor.signal('SIGSTOP');
    await release();
    const before = await stack.positions();
    await delay(SESSION_MS);
    await eventually(
      'the other processor gets on with every partition',
      async () =>
        [...(await stack.positions())].every(([partition, next]) => next > (before.get(partition) ?? 0)),
      { timeoutMs: 60_000 },
    );
    await processor.signal('SIGCONT');
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
    expect(processor.isRunning).toBe(true);
  });
});
