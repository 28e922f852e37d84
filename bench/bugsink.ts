import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { waitFor } from '../test/chaos/local-stack.ts';
import { BUGSINK_VERSION, BugsinkInstallation, BugsinkUnavailable } from './bugsink/installation.ts';
import {
  type BesideReport,
  type BugsinkFigures,
  besideMarkdown,
  type CulpritFigures,
} from './bugsink/report.ts';
import { type Usage, usageOf } from './process-tree.ts';
import { machineLine } from './report.ts';
import { SenderProcess } from './sender-process.ts';

/**
 * The same load, from the same generator, on the same machine, one after the other: Culprit (the bench `end-to-end`, its code and its figures) and Bugsink as its
 * guide for a single server has it. Both count an event when their readers can find it, not when it is accepted.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    connections: { type: 'string', default: '32' },
    rate: { type: 'string', default: '0' },
    /** Seconds after the load that Bugsink has for what it has accepted. */
    patience: { type: 'string', default: '300' },
    /** Only Bugsink. */
    alone: { type: 'boolean', default: false },
  },
});
const load = {
  seconds: Number(values.seconds),
  rate: Number(values.rate),
  connections: Number(values.connections),
};
/** Taken before each of the two: figures of a machine that was busy with something else are worth little. */
const loadAverages: number[] = [];
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));

const base = await mkdtemp(join(tmpdir(), 'culprit-bugsink-'));
// The embedded PostgreSQL may run as another user, who has to get through.
await chmod(base, 0o711);
const bugsink = new BugsinkInstallation(join(base, 'bugsink'), stopping.signal);

try {
  say(`installing Bugsink ${BUGSINK_VERSION}`);
  await bugsink.install();
  const culprit = values.alone ? undefined : await measureCulprit();
  await report(culprit, await measureBugsink());
} catch (error) {
  if (error instanceof BugsinkUnavailable) say(`skipped: no Bugsink here: ${error.message}`);
  else if (stopping.signal.aborted) {
    say(String(stopping.signal.reason));
    process.exitCode = 1;
  } else {
    process.stderr.write(`${await bugsink.logTail()}\n`);
    throw error;
  }
} finally {
  await bugsink.stop();
  await rm(base, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
}

async function report(culprit: CulpritFigures | undefined, figures: BugsinkFigures): Promise<void> {
  const beside: BesideReport = {
    date: new Date().toISOString().slice(0, 10),
    machine: machineLine(),
    load,
    loadAverages,
    ...(culprit === undefined ? {} : { culprit }),
    bugsink: figures,
  };
  const results = join(import.meta.dirname, 'results');
  await mkdir(results, { recursive: true });
  await writeFile(join(results, 'bugsink.json'), `${JSON.stringify(beside, null, 2)}\n`);
  await writeFile(join(results, 'bugsink.md'), besideMarkdown(beside));
  say(besideMarkdown(beside));
}

/** Runs the bench `end-to-end` below our folder, so that nothing of it is left if we are stopped. */
async function measureCulprit(): Promise<CulpritFigures> {
  noteLoadAverage();
  const out = join(base, 'end-to-end');
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'end-to-end.ts'),
      ...['--seconds', values.seconds, '--connections', values.connections, '--rate', values.rate],
      ...['--settle', '0', '--out', out],
    ],
    { stdio: 'inherit', env: { ...process.env, TMPDIR: base }, signal: stopping.signal },
  );
  let failure: unknown;
  child.once('error', (error) => {
    failure = error;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (failure !== undefined) throw failure;
  if (code !== 0) throw new Error(`the bench end-to-end ended with ${code}`);
  return JSON.parse(await readFile(`${out}.json`, 'utf8')) as CulpritFigures;
}

async function measureBugsink(): Promise<BugsinkFigures> {
  noteLoadAverage();
  const dsn = await bugsink.configure();
  const began = performance.now();
  await bugsink.start();
  const sender = await SenderProcess.start();
  try {
    const startSeconds = round((performance.now() - began) / 1000);
    const answers = await probe(dsn);
    await delay(10_000, undefined, { signal: stopping.signal });
    const before = bugsink.countEvents();
    const usage = (): Readonly<Record<string, Usage>> =>
      usageOf({ ...bugsink.processes, 'load generator': sender.pid });
    const idle = usage();
    say(`Bugsink idle: ${byPart(idle).all} MB; sending for ${load.seconds} s`);

    const sentFrom = performance.now();
    const sent = await aborted(sender.order({ dsn, ...load }));
    const digestedDuringLoad = bugsink.countEvents() - before;
    const loaded = usage();
    say(`${sent.acknowledged} accepted, ${sent.failed} not, ${digestedDuringLoad} of them digested so far`);
    const drainFrom = performance.now();
    const digested = await drain(before, sent.acknowledged);
    const now = performance.now();
    const after = usage();

    const seconds = (now - sentFrom) / 1000;
    const drainSeconds = (now - drainFrom) / 1000;
    const perEvent = (part: string, events: number): number =>
      Math.round((((after[part]?.cpuSeconds ?? 0) - (idle[part]?.cpuSeconds ?? 0)) * 1e6) / events);
    const web = perEvent('gunicorn', sent.acknowledged);
    const digestion = perEvent('bugsink-runsnappea', digested);
    return {
      ...(await bugsink.facts()),
      startSeconds,
      ...answers,
      events: sent.acknowledged,
      failed: sent.failed,
      digested,
      digestedDuringLoad,
      seconds: round(seconds),
      eventsPerSecond: round(digested / seconds),
      digestedPerSecondDuringLoad: round(digestedDuringLoad / sent.seconds),
      ...(drainSeconds < 2
        ? {}
        : { digestedPerSecondAfterLoad: round((digested - digestedDuringLoad) / drainSeconds) }),
      acceptedPerSecond: round(sent.acknowledged / sent.seconds),
      answerMs: { p50: round(sent.p50), p99: round(sent.p99) },
      cpuMicrosPerEvent: {
        gunicorn: web,
        'bugsink-runsnappea': digestion,
        all: web + digestion,
        'load generator': perEvent('load generator', sent.acknowledged),
      },
      megabytes: { idle: byPart(idle), loaded: byPart(loaded), digested: byPart(after) },
    };
  } finally {
    sender.stop();
  }
}

/** Bugsink must take what we send; what it says to a gzip body of two members is written down only. */
async function probe(dsn: string): Promise<{ readonly multiMemberGzipStatus: number }> {
  const { protocol, host, username, pathname } = new URL(dsn);
  const post = async (body: (head: string, event: string) => Uint8Array<ArrayBuffer>): Promise<number> => {
    const event = '{"message":"probe","fingerprint":["probe"],"platform":"javascript"}';
    const head = `{"event_id":"${crypto.randomUUID().replaceAll('-', '')}"}\n{"type":"event","length":${event.length}}\n`;
    const answer = await fetch(`${protocol}//${host}/api${pathname}/envelope/?sentry_key=${username}`, {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: body(head, event),
    });
    return answer.status;
  };
  const two = await post((head, event) => Buffer.concat([gzipSync(head), gzipSync(event)]));
  const before = bugsink.countEvents();
  const one = await post((head, event) => gzipSync(head + event));
  if (one !== 200) throw new Error(`Bugsink answers ${one} to an envelope`);
  await waitFor('the digested probe', async () => bugsink.countEvents() > before || undefined, 30_000);
  return { multiMemberGzipStatus: two };
}

/** Waits until all accepted events are rows, or for as long as our patience lasts. Resolves to their number. */
async function drain(before: number, accepted: number): Promise<number> {
  const deadline = Date.now() + Number(values.patience) * 1000;
  for (;;) {
    const digested = bugsink.countEvents() - before;
    if (digested >= accepted || Date.now() > deadline) return digested;
    await delay(250, undefined, { signal: stopping.signal });
  }
}

/** The promise, or the reason for stopping if that comes first. */
async function aborted<T>(promise: Promise<T>): Promise<T> {
  const { signal } = stopping;
  const stopped = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  return Promise.race([promise, stopped]);
}

function byPart(usages: Readonly<Record<string, Usage>>): Record<string, number> {
  const parts = Object.entries(usages).filter(([name]) => name !== 'load generator');
  const all = parts.reduce((sum, [, { bytes }]) => sum + bytes, 0);
  return Object.fromEntries([
    ...parts.map(([name, { bytes }]) => [name, megabytes(bytes)]),
    ['all', megabytes(all)],
  ]);
}

function noteLoadAverage(): void {
  loadAverages.push(round(loadavg()[0] ?? 0));
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
