import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEventLog } from '../packages/event-log/src/index.ts';

/**
 * Durable appends a second into the embedded log: `writers` that each wait for their append before the next one, every append
 * one record and on the disk (fdatasync) when it resolves. Prints a table and, on the last line, JSON.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    writers: { type: 'string', default: '100' },
    folder: { type: 'string', default: '.cache' },
  },
});
const seconds = Number(values.seconds);
const writers = Number(values.writers);

interface Figures {
  readonly bytes: number;
  readonly partitions: number;
  readonly appendsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicrosecondsPerAppend: number;
}

async function measure(bytes: number, partitions: number): Promise<Figures> {
  const folder = await mkdtemp(join(values.folder, 'bench-event-log-'));
  const log = await openEventLog({ mode: 'lmdb', folder, topic: 'bench', partitions });
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
    bytes,
    partitions,
    appendsPerSecond: Math.round(sorted.length / elapsed),
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    cpuMicrosecondsPerAppend: Math.round((cpu.user + cpu.system) / sorted.length),
  };
}

const figures: Figures[] = [];
for (const bytes of [3 * 1024, 14 * 1024]) {
  for (const partitions of [1, 4]) figures.push(await measure(bytes, partitions));
}
console.table(figures);
const { type } = await statfs(values.folder);
const machine = { cpus: cpus().length, fileSystemType: type };
console.log(JSON.stringify({ bench: 'event-log', durable: 'fdatasync', writers, seconds, machine, figures }));
