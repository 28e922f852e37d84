import { eventually, skipsForLackOfKafka } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLedger } from '../release/ledger.ts';
import { startSender } from '../release/sender.ts';
import { expectNothingLost, startLoad } from './expect-nothing-lost.ts';
import { KafkaStack } from './kafka-stack.ts';

const VARIABLE = /^(CULPRIT_LOG_[A-Z_]+)=(.*)$/gm;

describe.skipIf(await skipsForLackOfKafka())('culprit log resize', () => {
  let stack: KafkaStack;
  beforeAll(async () => {
    stack = await KafkaStack.start({ nodes: 1, processors: 2 });
  });
  afterAll(() => stack?.stop());

  test('changes the number of partitions while events come in: each is answered with 200 and counted once', async () => {
    const sender = await startLoad(stack);
    const { code, output } = await stack.tool('log-main.ts', 'resize', '--partitions', '6');
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('All of it is processed.') });
    const variables = Object.fromEntries(
      [...output.matchAll(VARIABLE)].map(([, name, value]) => [name, value]),
    );
    expect(variables).toEqual({
      CULPRIT_LOG_TOPIC: 'events-2',
      CULPRIT_LOG_PARTITIONS: '6',
      CULPRIT_LOG_FIRST_OFFSET: String(Math.max(...(await stack.positions()).values())),
    });
    // Nobody has the new variables yet: the old topic takes nothing, and the spool keeps it.
    await eventually('events wait in the spool', async () => (await stack.spooled()) > 60, {
      timeoutMs: 30_000,
    });
    const { acknowledged, failures } = await sender.finish();
    expect(failures).toEqual({});
    await stack.restart(variables);
    await expectNothingLost(stack, sender);
    expect((await stack.positions()).size).toBe(6);

    // What was sent before is known in whichever partition it comes to now.
    const [...ids] = acknowledged;
    const again = ids.slice(0, 300);
    for (const id of again) await post(stack.dsn, id);
    await expectNothingLost(stack, startSender(stack.dsn, 0));
    const ledger = await openLedger(stack);
    try {
      expect(await ledger.doubled(new Set(again))).toEqual([]);
    } finally {
      await ledger.close();
    }
  });
});

async function post(dsn: string, id: string): Promise<void> {
  const { origin, username, pathname } = new URL(dsn);
  const event = {
    event_id: id,
    fingerprint: ['again'],
    exception: { values: [{ type: 'Again', value: 'x' }] },
  };
  const answer = await fetch(`${origin}/api${pathname}/envelope/?sentry_key=${username}&sentry_version=7`, {
    method: 'POST',
    body: [JSON.stringify({ event_id: id }), '{"type":"event"}', JSON.stringify(event)].join('\n'),
  });
  expect(answer.status).toBe(200);
}
