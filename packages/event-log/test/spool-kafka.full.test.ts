import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type EmbeddedKafka, startEmbeddedKafka } from '@culprit/embedded';
import { silentLogger } from '@culprit/runtime';
import { skipsForLackOfKafka } from '@culprit/testkit';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { bytesOf, textOf } from '../src/contract/record-text.ts';
import { readEverything, until } from '../src/contract/subject.ts';
import { type EventLog, openEventLog, type RefusedRecord, withSpool } from '../src/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Longest time, in milliseconds, for a broker to be taken for lost, or for the way back. */
const LONG = 60_000;

describe.skipIf(await skipsForLackOfKafka())('a spool in front of Kafka', () => {
  let kafka: EmbeddedKafka;
  let dataFolder: string;
  let topics = 0;
  beforeAll(async () => {
    dataFolder = await mkdtemp(join(tmpdir(), 'culprit-spool-kafka-'));
    kafka = await startEmbeddedKafka({ dataFolder, logger: silentLogger() });
  });
  afterAll(async () => {
    await kafka?.stop();
    await rm(dataFolder, { recursive: true, force: true });
  });

  const newTopic = (): string => {
    topics += 1;
    return `spool-${topics}`;
  };

  async function openLog(topic: string): Promise<EventLog> {
    const log = await openEventLog({
      mode: 'kafka',
      brokers: kafka.brokers.split(','),
      topic,
      partitions: 2,
      isSingle: true,
    });
    onTestFinished(() => log.close());
    return log;
  }

  /** A process that appends through the spool in `folder`. */
  async function startWriter(topic: string, folder: string, name: string) {
    const script = new URL('./spool-child.ts', import.meta.url).pathname;
    const child: ChildProcess = spawn(process.execPath, [script, kafka.brokers, topic, folder, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const lines: string[] = [];
    if (child.stdout === null) throw new Error('no output');
    const output = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const ended = Promise.all([once(child, 'exit'), once(output, 'close')]);
    await until(() => lines.includes('ready'), 'the process has opened the log', LONG);
    return {
      acknowledged: () => lines.filter((line) => line !== 'ready'),
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  async function untilInLog(log: EventLog, texts: readonly string[]): Promise<string[]> {
    const deadline = performance.now() + LONG;
    for (;;) {
      const stored = (await readEverything(log)).map(textOf);
      const there = new Set(stored);
      const missing = texts.filter((text) => !there.has(text));
      if (missing.length === 0) return stored;
      if (performance.now() > deadline) throw new Error(`${missing.length} records did not arrive`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  test('Kafka dies and comes back under load: appends go on, and everything acknowledged arrives', async () => {
    const [topic, folder] = [newTopic(), await temporaryFolder()];
    const writers = [await startWriter(topic, folder, 'north'), await startWriter(topic, folder, 'south')];
    const count = (): number => writers.reduce((sum, writer) => sum + writer.acknowledged().length, 0);
    await until(() => count() > 200, 'records are acknowledged', LONG);
    await kafka.nodes[0]?.kill('SIGKILL');
    const atDeath = count();
    await until(() => count() > atDeath + 1_000, 'records are acknowledged while Kafka is away', LONG);
    await kafka.nodes[0]?.restart();
    const atReturn = count();
    await until(() => count() > atReturn + 500, 'records are acknowledged after its return', LONG);
    for (const writer of writers) await writer.kill();
    // What a killed process left is the next one's to forward.
    const next = await startWriter(topic, folder, 'west');
    const texts = writers.flatMap((writer) => writer.acknowledged());
    const stored = await untilInLog(await openLog(topic), texts);
    await next.kill();
    // Only what was under way when Kafka died or a process was killed may be there twice.
    const counts = Map.groupBy(stored, (text) => text);
    const doubled = [...counts.values()].filter((copies) => copies.length > 1).length;
    expect(doubled).toBeLessThan(100);
  });

  test('a process that starts while Kafka is away takes records, and is killed: the next one forwards them', async () => {
    const [topic, folder] = [newTopic(), await temporaryFolder()];
    await (await openLog(topic)).close();
    await kafka.nodes[0]?.kill('SIGKILL');
    const writer = await startWriter(topic, folder, 'early');
    await until(() => writer.acknowledged().length > 300, 'records are acknowledged', LONG);
    await writer.kill();
    await kafka.nodes[0]?.restart();
    const next = await startWriter(topic, folder, 'late');
    const stored = await untilInLog(await openLog(topic), writer.acknowledged());
    await next.kill();
    const early = stored.filter((text) => text.startsWith('early-'));
    expect(new Set(early).size).toBe(early.length);
  });

  test('a record that the broker refuses is kept apart, and those beside it arrive', async () => {
    const topic = newTopic();
    const kept: RefusedRecord[] = [];
    const spooled = await withSpool(await openLog(topic), {
      folder: await temporaryFolder(),
      minimumFreeBytes: 0,
      keepRefused: async (record) => {
        kept.push(record);
      },
    });
    onTestFinished(() => spooled.close());
    const admin = new kafkajs.Kafka({ brokers: kafka.brokers.split(','), logLevel: 0 }).admin();
    await admin.connect();
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [{ name: 'max.message.bytes', value: '20000' }],
        },
      ],
    });
    await admin.disconnect();
    const texts = ['small-1', 'large'.padEnd(40_000, '!'), 'small-2', 'small-3'];
    await spooled.append(texts.map((text) => ({ key: 'k', value: bytesOf(text) })));
    await until(() => kept.length === 1, 'the refused record is kept');
    expect(kept[0]).toMatchObject({ key: 'k', reason: expect.stringMatching(/TOO_LARGE/) });
    expect((await readEverything(spooled)).map(textOf)).toEqual(['small-1', 'small-2', 'small-3']);
  });
});
