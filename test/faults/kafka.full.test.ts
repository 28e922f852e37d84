import { setTimeout as delay } from 'node:timers/promises';
import { eventually, skipsForLackOfKafka } from '@culprit/testkit';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { expectNothingLost, startLoad, untilWorkMoves } from './expect-nothing-lost.ts';
import { KafkaStack, SESSION_MS } from './kafka-stack.ts';

/** Minutes without Kafka; five by `CULPRIT_FAULT_MINUTES=5`. */
const AWAY_MINUTES = Number(process.env.CULPRIT_FAULT_MINUTES ?? 1);
/** Places between the writes of a batch, before and in its commit. */
const STORING = ['planned', 'stored-events', 'stored-outcomes', 'stored'] as const;

describe.skipIf(await skipsForLackOfKafka())('on three brokers, with three processors under load', () => {
  let stack: KafkaStack;
  beforeAll(async () => {
    stack = await KafkaStack.start({ nodes: 3, processors: 3 });
  });
  afterAll(() => stack?.stop());

  test('the leader of a partition is killed', async () => {
    const sender = await startLoad(stack);
    const leader = await stack.leader();
    await leader.kill('SIGKILL');
    await untilWorkMoves(stack);
    await leader.restart();
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
  });

  test('a broker hangs, and comes back when another has taken its place', async () => {
    const sender = await startLoad(stack);
    const leader = await stack.leader();
    await leader.kill('SIGSTOP');
    await eventually('another leads', async () => (await stack.leader()).id !== leader.id, {
      timeoutMs: 90_000,
    });
    await untilWorkMoves(stack);
    await leader.kill('SIGCONT');
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
  });

  test('all brokers are killed and started again', async () => {
    const sender = await startLoad(stack);
    await Promise.all(stack.kafka.nodes.map((broker) => broker.kill('SIGKILL')));
    await eventually('events wait in the spool', async () => (await stack.spooled()) > 100, {
      timeoutMs: 60_000,
    });
    await Promise.all(stack.kafka.nodes.map((broker) => broker.restart()));
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
  });

  test.each(STORING)(
    'a processor sleeps at “%s” for longer than its session, and wakes up',
    async (point) => {
      const sender = await startLoad(stack);
      const { processor, release } = await stack.hold(point);
      await processor.signal('SIGSTOP');
      await release();
      const before = await stack.positions();
      await delay(SESSION_MS);
      await eventually(
        'the others get on with every partition',
        async () =>
          [...(await stack.positions())].every(([partition, next]) => next > (before.get(partition) ?? 0)),
        { timeoutMs: 90_000 },
      );
      await processor.signal('SIGCONT');
      await untilWorkMoves(stack);
      await expectNothingLost(stack, sender);
    },
  );

  test('a processor sleeps in its commit, with locks held, for longer than its session, and wakes up', async () => {
    const sender = await startLoad(stack);
    const { processor, release } = await stack.hold('committing');
    await processor.signal('SIGSTOP');
    await release();
    // The others own its partitions by then, and wait for the locks.
    await delay(4 * SESSION_MS);
    await processor.signal('SIGCONT');
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
  });

  test('the group is rebalanced in the middle of a batch, by one that comes and one that goes', async () => {
    const sender = await startLoad(stack);
    const { release } = await stack.hold('stored-events');
    const added = await stack.addProcessor();
    await release();
    await untilWorkMoves(stack);
    const held = await stack.hold('planned');
    await added.signal('SIGKILL');
    await held.release();
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
  });

  test(`Kafka is away for ${AWAY_MINUTES} minutes`, async () => {
    const sender = await startLoad(stack);
    await Promise.all(stack.kafka.nodes.map((broker) => broker.kill('SIGKILL')));
    await delay(AWAY_MINUTES * 60_000);
    await Promise.all(stack.kafka.nodes.map((broker) => broker.restart()));
    await untilWorkMoves(stack);
    await expectNothingLost(stack, sender);
  });
});
