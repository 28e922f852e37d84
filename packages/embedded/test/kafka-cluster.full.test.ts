import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@culprit/runtime';
import { skipsForLackOfKafka } from '@culprit/testkit';
import { describe, expect, test } from 'vitest';
import { type EmbeddedKafka, startEmbeddedKafka } from '../src/index.ts';
import { createTopic, leaderOf, readAll, send } from './kafka-client.ts';
import { until } from './until.ts';

describe.skipIf(await skipsForLackOfKafka())('embedded Kafka of three brokers', () => {
  test('loses nothing and goes on when the leader is killed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'culprit-kafka-'));
    const kafka = await startEmbeddedKafka({ dataFolder: folder, nodes: 3, logger: silentLogger() });
    await useCluster(kafka).finally(() => kafka.stop());
    await rm(folder, { recursive: true });
  });
});

async function useCluster(kafka: EmbeddedKafka): Promise<void> {
  await createTopic(kafka);
  await send(kafka, 'a');
  const { leader } = await leaderOf(kafka);
  const killed = kafka.nodes.find(({ id }) => id === leader);
  await killed?.kill('SIGKILL');
  await send(kafka, 'b');
  expect(await readAll(kafka, 2)).toEqual(['a', 'b']);
  expect((await leaderOf(kafka)).leader).not.toBe(leader);
  await killed?.restart();
  await until(async () => (await leaderOf(kafka)).inSync === 3, 'three copies again', 60_000);
}
