import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, skipsForLackOfKafka } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningStack, startStack } from '../../../test/e2e/running-stack.ts';

describe.skipIf(await skipsForLackOfKafka())('the stack on a Kafka of its own', () => {
  let running: RunningStack;
  beforeAll(async () => {
    running = await startStack({ CULPRIT_LOG: 'kafka', KAFKA_BROKERS: '' });
  });
  afterAll(() => running?.stop());

  test('says which log it has and how many copies that keeps', async () => {
    const output = await readFile(`${running.stack.folder}.log`, 'utf8');
    expect(output).toMatch(/Log {5}Kafka at 127\.0\.0\.1:\d+, a single broker: one copy, in .*\/data\/kafka/);
    const kept = JSON.parse(await readFile(join(running.stack.folder, 'log.json'), 'utf8')) as object;
    expect(kept).toMatchObject({ place: 'embedded-kafka', topic: 'events' });
  });

  test('accepts events while a killed Kafka comes back, and loses none', async () => {
    await send(running, 'BeforeTheKill');
    await running.api.issue('BeforeTheKill');
    const killed = await running.stack.pidOf('kafka');
    if (killed === undefined) throw new Error('Kafka does not run');
    process.kill(killed, 'SIGKILL');
    await send(running, 'WhileItIsAway');
    await running.api.issue('WhileItIsAway');
    await eventually('Kafka runs again', async () => {
      const pid = await running.stack.pidOf('kafka');
      return pid !== undefined && pid !== killed;
    });
  });
});

async function send({ facts }: RunningStack, type: string): Promise<void> {
  const { protocol, host, username, pathname } = new URL(facts.dsn);
  const response = await fetch(`${protocol}//${host}/api${pathname}/store/?sentry_key=${username}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ exception: { values: [{ type, value: 'something' }] } }),
  });
  expect(response.status).toBe(200);
}
