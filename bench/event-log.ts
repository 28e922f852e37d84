import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EmbeddedKafka, startEmbeddedKafka } from '../packages/embedded/src/index.ts';
import { type EventLog, openEventLog } from '../packages/event-log/src/index.ts';
import { silentLogger } from '../packages/runtime/src/index.ts';

/**
 * Durable appends a second: `writers` that each wait for their append before the next one, every append one record. In the embedded log it is on the disk
 * (fdatasync) when it resolves; with `--log kafka` a Kafka of one broker stands beside it in the same run, which has it in its page cache, or with `--flush` on the disk. Prints a table and,
 * on the last line, JSON.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    writers: { type: 'string', default: '100' },
    folder: { type: 'string', default: '.cache' },
    log: { type: 'string', default: 'lmdb' },
    flush: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const writers = Number(values.writers);

type Mode = 'lmdb' | 'kafka';

interface Figures {
  readonly log: Mode;
  readonly bytes: number;
  readonly partitions: number;
  readonly appendsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicrosecondsPerAppend: number;
}

function openLog(
  folder: string,
  topic: string,
  partitions: number,
  kafka?: EmbeddedKafka,
): Promise<EventLog> {
  if (kafka === undefined) return openEventLog({ mode: 'lmdb', folder, topic, partitions });
  return openEventLog({
    mode: 'kafka',
    brokers: kafka.brokers.split(','),
    topic,
    partitions,
    isSingle: true,
  });
}

async function measure(bytes: number, partitions: number, kafka?: EmbeddedKafka): Promise<Figures> {
  const folder = await mkdtemp(join(values.folder, 'bench-event-log-'));
  const log = await openLog(folder, `bench-${bytes}-${partitions}`, partitions, kafka);
  const value = new Uint8Array(bytes).fill(7);
  const latencies: number[] = [];
  const keys = Array.from({ length: 4096 }, (_, index) => `key-${index}`);
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const until = startedAt + seconds * 1000;
  const write = async (first: number): Promise<void> => {
    for (let index = first; performance.now() < until; index += writers) {
      const asked = performance.now();
      await log.append([{ key: keys[index % keys.length] ?? '', value }]);
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, index) => write(index)));
  const elapsed = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await log.close();
  await rm(folder, { recursive: true });
  const sorted = Float64Array.from(latencies).sort();
  const quantile = (q: number): number => Number((sorted[Math.floor(sorted.length * q)] ?? 0).toFixed(2));
  return {
    log: kafka === undefined ? 'lmdb' : 'kafka',
    bytes,
    partitions,
    appendsPerSecond: Math.round(sorted.length / elapsed),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    cpuMicrosecondsPerAppend: Math.round((cpu.user + cpu.system) / sorted.length),
  };
}

const kafkaFolder = await mkdtemp(join(values.folder, 'bench-kafka-'));
const kafka =
  values.log === 'kafka'
    ? await startEmbeddedKafka({
        dataFolder: kafkaFolder,
        flushesEach: values.flush,
        logger: silentLogger(),
      })
    : undefined;
const figures: Figures[] = [];
for (const bytes of [3 * 1024, 14 * 1024]) {
  for (const partitions of [1, 4]) {
    figures.push(await measure(bytes, partitions));
    if (kafka !== undefined) figures.push(await measure(bytes, partitions, kafka));
  }
}
await kafka?.stop();
await rm(kafkaFolder, { recursive: true });
console.table(figures);
const { type } = await statfs(values.folder);
const machine = { cpus: cpus().length, fileSystemType: type };
console.log(JSON.stringify({ bench: 'event-log', durable: 'fdatasync', writers, seconds, machine, figures }));
