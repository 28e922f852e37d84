import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { writeSnapshotFile } from '../services/ingest/snapshot/snapshot-file.ts';
import { realisticEvents } from './realistic-events.ts';

/**
 * Ingest beside a bare fastify route that only gunzips, in one run, by turns: requests a second and how long an answer takes. Ingest is the real
 * service (LMDB log, a 200 after fdatasync), without PostgreSQL: keys come from its snapshot file.
 */
const EVENTS = 2_500;
const CONNECTIONS = Number(process.env.BENCH_CONNECTIONS ?? '128');
const SECONDS = Number(process.env.BENCH_SECONDS ?? '5');
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? '4');
const KEY = 'a'.repeat(32);
const PATH = `/api/42/envelope/?sentry_version=7&sentry_key=${KEY}&sentry_client=sentry.javascript.react%2F11.12.0`;

interface Server {
  readonly name: 'ingest' | 'bare';
  readonly port: number;
  readonly child: ChildProcess;
}

interface Run {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
  /** CPU of the server's processes, µs per request. */
  readonly cpuMicros: number;
}

const results = fileURLToPath(new URL('./results/', import.meta.url));
const folder = await mkdtemp(join(process.env.BENCH_FOLDER ?? results, 'ingest-data-'));
await mkdir(results, { recursive: true });
// A machine that is busy with something else says nothing about the ratio: the disk's waits hit ingest alone.
const loadBefore = Math.round((loadavg()[0] ?? 0) * 10) / 10;
const events = realisticEvents(EVENTS, 42);
const servers = [await startIngest(), await startBare()];
const runs: Record<Server['name'], Run[]> = { ingest: [], bare: [] };
try {
  for (const server of servers) await measure(server, 2);
  for (let round = 0; round < ROUNDS; round++) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      const run = await measure(server, SECONDS);
      runs[server.name].push(run);
      console.log(server.name, run);
    }
  }
} finally {
  for (const { child } of servers) await stop(child);
  await rm(folder, { recursive: true, force: true });
}
await report();

async function startIngest(): Promise<Server> {
  await writeSnapshotFile(join(folder, 'ingest', 'snapshot.json'), {
    format: 1,
    version: 1,
    taken_at: Date.now(),
    projects: [{ id: 42, organization_id: '1', status: 'active' }],
    keys: [{ id: 1, project_id: 42, public_key: KEY, is_active: true }],
  });
  return start('ingest', '../services/ingest/main.ts', {
    DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none',
    CULPRIT_DATA: folder,
    CULPRIT_INGEST_PORT: '0',
    CULPRIT_LOG_LEVEL: 'error',
    CULPRIT_INGEST_WORKERS: '2',
  });
}

function startBare(): Promise<Server> {
  return start('bare', './bare-gunzip-server.ts', { WORKERS: '2' });
}

function start(name: Server['name'], script: string, env: Record<string, string>): Promise<Server> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [], {
    env: { ...process.env, ...env },
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
    child.on('message', (message: { kind?: string; port?: number }) => {
      if (message.kind === 'ready') resolve({ name, port: message.port ?? 0, child });
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await exited;
}

async function measure(server: Server, seconds: number): Promise<Run> {
  const cpuBefore = await cpuSeconds(server.child.pid ?? 0);
  let connection = 0;
  const result = await autocannon({
    url: `http://127.0.0.1:${server.port}`,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient: (client) => {
      // Each connection has events of its own: all of them in each list made the generator collect garbage for a fifth of the machine's time.
      const own = connection++;
      client.setRequests(
        events
          .filter((_, index) => index % CONNECTIONS === own)
          .map(({ body }) => ({
            method: 'POST' as const,
            path: PATH,
            headers: { 'content-encoding': 'gzip' },
            body,
          })),
      );
    },
  });
  const cpu = (await cpuSeconds(server.child.pid ?? 0)) - cpuBefore;
  const answered = result['2xx'];
  return {
    requestsPerSecond: Math.round(answered / result.duration),
    p50: result.latency.p50,
    p99: result.latency.p99,
    failures: result.non2xx + result.errors,
    cpuMicros: Math.round((cpu * 1e6) / answered),
  };
}

/** CPU time of a process and its children, from /proc; 0 where there is none. */
async function cpuSeconds(pid: number): Promise<number> {
  try {
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    let ticks = 0;
    for (const one of [String(pid), ...children.filter((child) => child !== '')]) {
      const fields = (await readFile(`/proc/${one}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
      ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / 100;
  } catch {
    return 0;
  }
}

async function report(): Promise<void> {
  const ingest = median(runs.ingest);
  const bare = median(runs.bare);
  const ratio = Math.round((ingest.requestsPerSecond / bare.requestsPerSecond) * 100) / 100;
  const jsonBytes = Math.round(events.reduce((sum, event) => sum + event.json.length, 0) / EVENTS);
  const gzipBytes = Math.round(events.reduce((sum, event) => sum + event.body.length, 0) / EVENTS);
  const disk = await statfs(results);
  const setup = {
    date: new Date().toISOString(),
    node: process.version,
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    fileSystemType: `0x${disk.type.toString(16)}`,
    loadBefore,
    workers: 2,
    connections: CONNECTIONS,
    secondsPerTurn: SECONDS,
    turnsEach: ROUNDS,
    events: EVENTS,
    issues: new Set(events.map((event) => event.issue)).size,
    jsonBytes,
    gzipBytes,
    durability: 'LMDB, the answer after fdatasync; load generator on the same machine',
  };
  await writeFile(
    join(results, 'ingest.json'),
    `${JSON.stringify({ setup, ratio, ingest, bare, runs }, null, 2)}\n`,
  );
  const row = (name: string, run: Run): string =>
    `| ${name} | ${run.requestsPerSecond} | ${run.p50} | ${run.p99} | ${run.cpuMicros} | ${run.failures} |`;
  const table = [
    '# Ingest beside a bare fastify route that only gunzips',
    '',
    `${setup.date}, Node ${setup.node}, ${setup.cpus}, ${CONNECTIONS} connections, ${ROUNDS} turns of ${SECONDS} s each, by turns; medians.`,
    `${EVENTS} different events of ${setup.issues} bugs, ${jsonBytes} bytes of JSON, ${gzipBytes} bytes gzip. ${setup.durability}.`,
    `Load average before the run: ${setup.loadBefore} (above 0.5 the figures are not worth much).`,
    '',
    '| | requests/s | p50 ms | p99 ms | server CPU µs per request | failures |',
    '|---|---|---|---|---|---|',
    row('ingest (2 workers, durable)', ingest),
    row('bare route (2 workers)', bare),
    '',
    `Ingest does **${ratio}** of the bare route.`,
    '',
  ].join('\n');
  await writeFile(join(results, 'ingest.md'), table);
  console.log(table);
}

function median(list: readonly Run[]): Run {
  const middle = (pick: (run: Run) => number): number => {
    const sorted = list.map(pick).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  return {
    requestsPerSecond: middle((run) => run.requestsPerSecond),
    p50: middle((run) => run.p50),
    p99: middle((run) => run.p99),
    failures: list.reduce((sum, run) => sum + run.failures, 0),
    cpuMicros: middle((run) => run.cpuMicros),
  };
}
