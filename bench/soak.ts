import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { committed } from '../test/chaos/progress.ts';
import { benchStack } from './bench-stack.ts';
import { usageOf } from './process-tree.ts';
import { machineLine, table } from './report.ts';
import { SenderProcess } from './sender-process.ts';

/**
 * Half an hour at a steady rate, one event in ten with a release, a tag and a user that nobody has seen: what of it stays in the memory of each process? Flat means
 * that the last quarter takes no more than the third.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '1000' },
    fresh: { type: 'string', default: '0.1' },
    log: { type: 'string', default: 'lmdb' },
    /** Where the report goes, without `.json` and `.md`. */
    out: { type: 'string' },
  },
});
const MINUTES = Number(values.minutes);
const LOG = values.log === 'kafka' ? 'kafka' : 'lmdb';
const OUT = values.out ?? join(import.meta.dirname, `results/soak${LOG === 'kafka' ? '-kafka' : ''}`);
const SAMPLE_MS = 10_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Sample {
  readonly minute: number;
  /** Records that the processor has committed by then. */
  readonly committed: number;
  /** MB by part: memory that is no page of a file, which the system takes back when it needs it. */
  readonly megabytes: Readonly<Record<string, number>>;
}

const { stack, base } = await benchStack('soak', LOG);
const sender = await SenderProcess.start();
const samples: Sample[] = [];
try {
  await stack.start();
  const { dsn } = await stack.firstRun();
  const began = performance.now();
  const loading = sender.order({
    dsn,
    seconds: MINUTES * 60,
    rate: Number(values.rate),
    connections: 64,
    fresh: Number(values.fresh),
  });
  let isLoading = true;
  void loading.finally(() => {
    isLoading = false;
  });
  while (isLoading) {
    await delay(SAMPLE_MS);
    const sample = await measure((performance.now() - began) / 60_000);
    samples.push(sample);
    if (samples.length % 6 === 0) say(lineOf(sample));
  }
  const load = await loading;
  const ended = performance.now();
  await untilCommitted(load.acknowledged);
  await report(load, (performance.now() - ended) / 1000);
} finally {
  sender.stop();
  await stack.stop();
  await rm(base, { recursive: true, force: true });
}

/** Says once a minute how far it is: on a busy machine there is a backlog. */
async function untilCommitted(acknowledged: number): Promise<void> {
  for (let rounds = 0; ; rounds++) {
    const records = await committed(stack);
    if (records >= acknowledged) return;
    if (rounds % 60 === 59) say(`${acknowledged - records} events are not committed yet`);
    await delay(1_000);
  }
}

async function measure(minute: number): Promise<Sample> {
  const { processes } = await stack.run();
  const names: Record<string, number> = { 'load generator': sender.pid, supervisor: stack.pid ?? 0 };
  for (const [name, { pid }] of Object.entries(processes)) names[name] = pid;
  const megabytes: Record<string, number> = {};
  for (const [name, { bytes, mappedBytes }] of Object.entries(usageOf(names))) {
    megabytes[name] = Math.round((bytes - mappedBytes) / 1e6);
  }
  return { minute: Math.round(minute * 10) / 10, committed: await committed(stack), megabytes };
}

function lineOf({ minute, committed: records, megabytes }: Sample): string {
  const parts = Object.entries(megabytes).map(([name, value]) => `${name} ${value}`);
  return `${minute.toFixed(1).padStart(5)} min  ${records} committed, MB: ${parts.join(', ')}`;
}

/** Mean and largest value of a part between two fractions of the run. */
function over(part: string, from: number, to: number): { readonly mean: number; readonly max: number } {
  const chosen = samples
    .slice(Math.floor(samples.length * from), Math.ceil(samples.length * to))
    .map(({ megabytes }) => megabytes[part] ?? 0);
  const sum = chosen.reduce((a, b) => a + b, 0);
  return { mean: Math.round(sum / Math.max(1, chosen.length)), max: Math.max(0, ...chosen) };
}

async function report(
  load: {
    readonly acknowledged: number;
    readonly failed: number;
    readonly p50: number;
    readonly p99: number;
  },
  drainSeconds: number,
): Promise<void> {
  const parts = [...new Set(samples.flatMap(({ megabytes }) => Object.keys(megabytes)))];
  const quarters = [0, 0.25, 0.5, 0.75].map((from) => ({ from, to: from + 0.25 }));
  const byPart = Object.fromEntries(
    parts.map((part) => [part, quarters.map(({ from, to }) => over(part, from, to))]),
  );
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    machine: machineLine(),
    log: LOG,
    minutes: MINUTES,
    rate: Number(values.rate),
    fresh: Number(values.fresh),
    acknowledged: load.acknowledged,
    failed: load.failed,
    answerMs: { p50: Math.round(load.p50), p99: Math.round(load.p99) },
    secondsUntilTheLogWasEmpty: Math.round(drainSeconds),
    megabytesByQuarter: byPart,
    samples,
  };
  const text = `# ${MINUTES} minutes at ${values.rate} events/s

${facts.date}, ${facts.machine}, log: ${LOG}. ${load.acknowledged} events acknowledged, ${load.failed} failed; answers p50 ${facts.answerMs.p50} ms, p99 ${facts.answerMs.p99} ms; the log was empty
${facts.secondsUntilTheLogWasEmpty} s after the last one. ${Number(values.fresh) * 100} % of them brought a release, a tag and a user of their own. MB without pages of files, mean (largest) of each quarter.

${table(
  ['part', '1st', '2nd', '3rd', '4th'],
  parts.map((part) => [part, ...(byPart[part] ?? []).map(({ mean, max }) => `${mean} (${max})`)]),
)}
`;
  await writeFile(`${OUT}.json`, `${JSON.stringify(facts)}\n`);
  await writeFile(`${OUT}.md`, text);
  say(text);
}
