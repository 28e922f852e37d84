import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@culprit/runtime';
import { skipsForLackOfKafka } from '@culprit/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type EmbeddedKafka, kafkaAvailable, startEmbeddedKafka } from '../src/index.ts';
import { kafkaJars } from '../src/kafka/jars.ts';
import { createTopic, readAll, send } from './kafka-client.ts';
import { isAlive, startAndKillSupervisor } from './killed-supervisor.ts';
import { until } from './until.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "culprit's kafka-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const running: EmbeddedKafka[] = [];
afterEach(async () => {
  for (const kafka of running.splice(0)) await kafka.stop();
});

async function start(folder: string): Promise<EmbeddedKafka> {
  const kafka = await startEmbeddedKafka({ dataFolder: join(root, folder), logger: silentLogger() });
  running.push(kafka);
  return kafka;
}

describe.skipIf(await skipsForLackOfKafka())('embedded Kafka', () => {
  test('keeps what it acknowledged over an orderly end and over a SIGKILL', async () => {
    const first = await start('one');
    await createTopic(first);
    await send(first, 'a');
    await first.stop();
    await first.stop();
    const second = await start('one');
    await send(second, 'b');
    await second.nodes[0]?.kill('SIGKILL');
    expect(await second.exited).toEqual({ code: null, signal: 'SIGKILL' });
    await second.nodes[0]?.restart();
    expect(await readAll(second, 2)).toEqual(['a', 'b']);
  });

  test('starts whatever the id of its cluster begins with', async () => {
    const folder = join(root, 'dashed');
    await mkdir(folder, { recursive: true });
    const cluster = { clusterId: '-tO7QnTd8YMngLzFeZ9H6Q', nodes: 1 };
    await writeFile(join(folder, 'cluster.json'), JSON.stringify(cluster));
    const kafka = await start('dashed');
    await createTopic(kafka);
    await send(kafka, 'a');
    expect(await readAll(kafka, 1)).toEqual(['a']);
  });

  test('listens on loopback only', async () => {
    const kafka = await start('one');
    const [port = 0] = kafka.nodes.map((node) => node.port);
    expect(await accepts('127.0.0.1', port)).toBe(true);
    for (const address of ownAddresses()) expect(await accepts(address, port)).toBe(false);
  });

  test('ends when its supervisor is killed, and not when another wants its folder', async () => {
    const left = await startAndKillSupervisor('kafka', join(root, 'one'));
    await until(() => !isAlive(left.pid), 'the broker is gone');
    const kafka = await start('one');
    await expect(start('one')).rejects.toMatchObject({ code: 'in_use' });
    expect(await readAll(kafka, 2)).toEqual(['a', 'b']);
  });

  test('takes the folder over from a supervisor that was killed a moment ago', async () => {
    const left = await startAndKillSupervisor('kafka', join(root, 'one'));
    expect(await readAll(await start('one'), 2)).toEqual(['a', 'b']);
    expect(isAlive(left.pid)).toBe(false);
  });

  test('names what is wrong when it cannot start', async () => {
    const kafka = await start('one');
    const port = kafka.nodes[0]?.port ?? 0;
    const other = { dataFolder: join(root, 'other'), port, logger: silentLogger() };
    await expect(startEmbeddedKafka(other)).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining('Address already in use'),
    });
    const three = { dataFolder: join(root, 'one'), nodes: 3, logger: silentLogger() } as const;
    await expect(startEmbeddedKafka(three)).rejects.toMatchObject({
      code: 'folder_not_usable',
      message: expect.stringContaining('a Kafka of 1 brokers, not 3'),
    });
  });

  test('fetches its jars once, whoever else fetches them', async () => {
    vi.stubEnv('CULPRIT_KAFKA_CACHE', join(root, 'cache'));
    const [one, other] = await Promise.all([kafkaJars(), kafkaJars()]);
    expect(one).toBe(other);
    expect(await readdir(join(root, 'cache'))).toHaveLength(1);
    expect((await readdir(one)).filter((name) => name.startsWith('kafka_2.13-'))).toHaveLength(1);
    vi.stubEnv('PATH', '/nowhere');
    expect(await kafkaJars()).toBe(one);
    vi.unstubAllEnvs();
  });
});

test('says in one line why there is no Kafka', async () => {
  vi.stubEnv('PATH', '/nowhere');
  expect(await kafkaAvailable()).toEqual({
    available: false,
    reason: 'there is no java (Kafka needs 17 or newer)',
  });
  vi.unstubAllEnvs();
});

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ internal, family, address }) => (internal || family !== 'IPv4' ? [] : [address]));
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}
