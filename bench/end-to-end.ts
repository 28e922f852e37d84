import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { waitFor } from '../test/chaos/local-stack.ts';
import { benchStack } from './bench-stack.ts';
import { type Usage, usageOf } from './process-tree.ts';
import { machineLine, table } from './report.ts';
import { SenderProcess } from './sender-process.ts';

/**
 * The whole of Culprit on one machine, load generator included: how many events a second go all the way (sent → found by the public API), how long one takes at half
 * that rate, what each part costs, how much memory all of it has, how long a start takes. Everything durable: fdatasync before each 200, fsync of each part.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    settle: { type: 'string', default: '600' },
    connections: { type: 'string', default: '128' },
    rate: { type: 'string', default: '0' },
    /** `lmdb`, or `kafka`: an embedded one with a single broker. */
    log: { type: 'string', default: 'lmdb' },
    /** Where the report goes, without `.json` and `.md`. */
    out: { type: 'string' },
  },
});
const LOG = values.log === 'kafka' ? 'kafka' : 'lmdb';
const OUT = values.out ?? join(import.meta.dirname, `results/end-to-end${LOG === 'kafka' ? '-kafka' : ''}`);
const SECONDS = Number(values.seconds);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const { stack, base } = await benchStack('bench', LOG);
const sender = await SenderProcess.start();

try {
  const starts = { first: await timeStart(), again: 0 };
  await stack.stop();
  starts.again = await timeStart();
  const { dsn, url, token } = await stack.firstRun();
  await delay(10_000);
  const idle = await usage();
  say(
    `idle: ${megabytes(totalOf(idle).bytes)} MB and ${megabytes(totalOf(idle).mappedBytes)} MB of mapped files`,
  );

  const before = await usage();
  const began = performance.now();
  const load = await sender.order({
    dsn,
    seconds: SECONDS,
    rate: Number(values.rate),
    connections: Number(values.connections),
  });
  const accepted = await waitUntilFound(url, token, load.acknowledged);
  const seconds = (performance.now() - began) / 1000;
  const after = await usage();
  const perSecond = Math.round(load.acknowledged / seconds);
  say(`${load.acknowledged} events, all found after ${seconds.toFixed(1)} s: ${perSecond}/s`);

  const loaded = await usage();
  const delays = await measureDelays(dsn, url, token, Math.round(perSecond / 2));
  say(
    `delay at ${Math.round(perSecond / 2)}/s: p50 ${delays.p50} ms, p99 ${delays.p99} ms (${delays.count} events)`,
  );
  say(`waiting ${values.settle} s for memory to settle`);
  await delay(Number(values.settle) * 1000);
  const settled = await usage();

  const report = {
    log: LOG,
    date: new Date().toISOString().slice(0, 10),
    machine: machineLine(),
    durability: `${LOG === 'kafka' ? 'Log: Kafka, one broker, acks=all' : 'fdatasync of the log before each 200'}; fsync of each ClickHouse part; synchronous_commit = on`,
    secondsToFirstAcceptedEvent: starts,
    events: load.acknowledged,
    failed: load.failed,
    found: accepted,
    seconds: round(seconds),
    eventsPerSecond: perSecond,
    acceptedPerSecond: Math.round(load.acknowledged / load.seconds),
    answerMs: { p50: round(load.p50), p99: round(load.p99) },
    delayMs: delays,
    cpuMicrosPerEvent: cpuPerEvent(before, after, load.acknowledged),
    megabytes: {
      idle: byPart(idle),
      loaded: byPart(loaded),
      settled: byPart(settled),
      settledOfItFiles: byPart(settled, ({ mappedBytes }) => mappedBytes),
      settledAfterSeconds: Number(values.settle),
    },
  };
  await mkdir(dirname(OUT), { recursive: true });
  await writeFile(`${OUT}.json`, `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(`${OUT}.md`, markdown(report));
  say(markdown(report));
} finally {
  sender.stop();
  await stack.stop();
  await rm(base, { recursive: true, force: true });
}

type Report = {
  date: string;
  machine: string;
  durability: string;
  secondsToFirstAcceptedEvent: { first: number; again: number };
  events: number;
  eventsPerSecond: number;
  acceptedPerSecond: number;
  answerMs: { p50: number; p99: number };
  delayMs: { p50: number; p99: number; count: number; rate: number };
  cpuMicrosPerEvent: Record<string, number>;
  megabytes: {
    idle: Record<string, number>;
    loaded: Record<string, number>;
    settled: Record<string, number>;
    settledOfItFiles: Record<string, number>;
    settledAfterSeconds: number;
  };
};

function markdown(report: Report): string {
  const parts = Object.keys(report.cpuMicrosPerEvent);
  return `# End to end

${report.date}, ${report.machine}. ${report.durability}. Load generator on the same machine; events of about 14 KB JSON (4 KB gzip), 2,500 different ones, 320 issues.

${table(
  ['what', 'figure'],
  [
    ['events sent, all found by the API', String(report.events)],
    ['**events a second, sent → found**', `**${report.eventsPerSecond}**`],
    ['answer (200) p50 / p99', `${report.answerMs.p50} / ${report.answerMs.p99} ms`],
    [
      `delay until found at ${report.delayMs.rate}/s, p50 / p99`,
      `${report.delayMs.p50} / ${report.delayMs.p99} ms`,
    ],
    [
      'start to first accepted event, first run / again',
      `${report.secondsToFirstAcceptedEvent.first} / ${report.secondsToFirstAcceptedEvent.again} s`,
    ],
  ],
)}

${table(
  [
    'part',
    'CPU µs per event',
    'MB idle',
    'MB after load',
    `MB ${report.megabytes.settledAfterSeconds} s later`,
    'of it pages of files',
  ],
  parts.map((part) => [
    part,
    String(report.cpuMicrosPerEvent[part] ?? ''),
    String(report.megabytes.idle[part] ?? ''),
    String(report.megabytes.loaded[part] ?? ''),
    String(report.megabytes.settled[part] ?? ''),
    String(report.megabytes.settledOfItFiles[part] ?? ''),
  ]),
)}
`;
}

/** Seconds from starting the supervisor until an event is accepted. */
async function timeStart(): Promise<number> {
  const began = performance.now();
  const ready = stack.start();
  const dsn = await Promise.race([
    waitFor('a DSN', async () => (await stack.firstRun()).dsn, 60_000),
    ready.then(async () => (await stack.firstRun()).dsn),
  ]);
  const { protocol, host, username, pathname } = new URL(dsn);
  await waitFor(
    'an accepted event',
    async () => {
      const answer = await fetch(`${protocol}//${host}/api${pathname}/envelope/?sentry_key=${username}`, {
        method: 'POST',
        body: '{}\n{"type":"event"}\n{"message":"start","fingerprint":["start"]}',
      });
      return answer.status === 200 || undefined;
    },
    60_000,
  );
  const seconds = round((performance.now() - began) / 1000);
  await ready;
  return seconds;
}

async function api(url: string, token: string, path: string): Promise<Response> {
  return fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

/** Sum of the counts of all issues that the API shows; the two events of the starts are not counted. */
async function countFound(url: string, token: string): Promise<number> {
  let sum = 0;
  let cursor = '';
  for (;;) {
    const answer = await api(
      url,
      token,
      `/api/0/organizations/main/issues/?query=&limit=100&cursor=${cursor}`,
    );
    const issues = (await answer.json()) as { title: string; count: string }[];
    for (const { title, count } of issues) if (title !== 'start') sum += Number(count);
    const next = /<[^>]*>; rel="next"; results="true"; cursor="([^"]+)"/.exec(
      answer.headers.get('link') ?? '',
    )?.[1];
    if (next === undefined) return sum;
    cursor = encodeURIComponent(next);
  }
}

async function waitUntilFound(url: string, token: string, events: number): Promise<number> {
  let found = 0;
  await waitFor(
    `${events} events in the API`,
    async () => {
      found = await countFound(url, token);
      // Counting is work for the machine that is measured, too.
      if (found < events) await delay(events - found > 5_000 ? 1_500 : 250);
      return found >= events || undefined;
    },
    600_000,
  );
  return found;
}

/** Milliseconds from just before an event is sent until the API gives it back, for some events among a steady load. */
async function measureDelays(
  dsn: string,
  url: string,
  token: string,
  rate: number,
): Promise<Report['delayMs']> {
  const loading = sender.order({ dsn, seconds: 30, rate, connections: 16 });
  const { protocol, host, username, pathname } = new URL(dsn);
  const delays: number[] = [];
  const end = performance.now() + 27_000;
  await delay(2_000);
  const probe = async (): Promise<void> => {
    while (performance.now() < end) {
      const id = crypto.randomUUID().replaceAll('-', '');
      const began = performance.now();
      await fetch(`${protocol}//${host}/api${pathname}/envelope/?sentry_key=${username}`, {
        method: 'POST',
        body: `{"event_id":"${id}"}\n{"type":"event"}\n{"message":"probe","fingerprint":["probe"]}`,
      });
      await waitFor(
        'the probe',
        async () => (await api(url, token, `/api/0/projects/main/app/events/${id}/json/`)).ok || undefined,
        60_000,
      );
      delays.push(performance.now() - began);
      await delay(100);
    }
  };
  await Promise.all([probe(), probe()]);
  await loading;
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (q: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), count: delays.length, rate };
}

async function usage(): Promise<Readonly<Record<string, Usage>>> {
  const { processes } = await stack.run();
  const names: Record<string, number> = { 'load generator': sender.pid, supervisor: stack.pid ?? 0 };
  for (const [name, { pid }] of Object.entries(processes)) names[name] = pid;
  return usageOf(names);
}

function totalOf(usages: Readonly<Record<string, Usage>>): Usage {
  const parts = Object.entries(usages).filter(([name]) => name !== 'load generator');
  const sumOf = (pick: (usage: Usage) => number): number =>
    parts.reduce((sum, [, one]) => sum + pick(one), 0);
  return {
    cpuSeconds: sumOf((one) => one.cpuSeconds),
    bytes: sumOf((one) => one.bytes),
    mappedBytes: sumOf((one) => one.mappedBytes),
  };
}

function cpuPerEvent(
  before: Readonly<Record<string, Usage>>,
  after: Readonly<Record<string, Usage>>,
  events: number,
): Record<string, number> {
  const parts = Object.entries(after).map(([name, usageAfter]): [string, number] => [
    name,
    Math.round(((usageAfter.cpuSeconds - (before[name]?.cpuSeconds ?? 0)) * 1e6) / events),
  ]);
  return Object.fromEntries([...parts, ['all', parts.reduce((sum, [, micros]) => sum + micros, 0)]]);
}

function byPart(
  usages: Readonly<Record<string, Usage>>,
  pick: (usage: Usage) => number = ({ bytes }) => bytes,
): Record<string, number> {
  const parts = Object.entries(usages).map(([name, one]): [string, number] => [name, megabytes(pick(one))]);
  return Object.fromEntries([...parts, ['all', megabytes(pick(totalOf(usages)))]]);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
