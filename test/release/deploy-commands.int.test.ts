import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseEnv, promisify } from 'node:util';
import {
  type TemporaryFolder,
  type TestClickHouse,
  type TestDatabase,
  temporaryFolder,
  testClickHouse,
  testDatabase,
} from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { openListeningSocket } from '../../services/local/listening-socket.ts';
import { choosePort } from '../../services/local/ports.ts';
import { inRoot } from '../../services/local/repository.ts';
import { parseUnitFile } from './unit-file.ts';

const SERVICES = ['ingest', 'processor', 'web', 'alerts'] as const;
const HOST = '127.0.0.1';
const run = promisify(execFile);

let data: TemporaryFolder;
let database: TestDatabase;
let events: TestClickHouse;
let settings: NodeJS.ProcessEnv;
const ports = new Set<number>();

beforeAll(async () => {
  [data, database, events] = await Promise.all([temporaryFolder(), testDatabase(), testClickHouse()]);
  settings = {
    PATH: process.env.PATH,
    ...parseEnv(readFileSync(inRoot('deploy', 'culprit.env'), 'utf8')),
    DATABASE_URL: database.url,
    CLICKHOUSE_URL: events.url,
    CULPRIT_DATA: data.path,
    CULPRIT_LOG_LEVEL: 'error',
    CULPRIT_INGEST_MIN_FREE_BYTES: '0',
  };
});

afterAll(async () => {
  await Promise.all([database.drop(), events.drop(), data.remove()]);
});

test('init, as the job and the operator run it, makes an account and says its password once', async () => {
  const { stdout } = await run(process.execPath, [inRoot('services/local/commands/init.ts')], {
    env: settings,
  });
  expect(stdout).toMatch(/^Password {2}\S{16,}$/m);
  expect(stdout).toMatch(/^DSN {7}https:\/\/[0-9a-f]{32}@errors\.example\.com\/[0-9]+$/m);
  const again = await run(process.execPath, [inRoot('services/local/commands/init.ts')], { env: settings });
  expect(again.stdout).toContain('Login     ');
});

test.each(SERVICES)(
  'the unit of %s starts it on a socket of systemd, and counts it as started when it works',
  async (name) => {
    const service = parseUnitFile(
      readFileSync(inRoot('deploy', 'systemd', `culprit-${name}.service`), 'utf8'),
    ).get('Service');
    const operations = await freePort();
    const env = {
      ...settings,
      ...Object.fromEntries((service?.get('Environment') ?? []).map((one) => one.split('=', 2))),
      CULPRIT_OPERATIONS_PORT: String(operations),
    };
    const hasSocket = name === 'ingest' || name === 'web';
    const port = await freePort();
    const socket = hasSocket ? await openListeningSocket(HOST, port) : undefined;
    const child = startAsSystemd(commandOf(service?.get('ExecStart')), env, socket?.fd);
    try {
      await run(process.execPath, commandOf(service?.get('ExecStartPost')), { env });
      expect(await statusOf(operations, '/health/live')).toBe(200);
      // systemd gave it the socket, so the port of the settings is nobody's.
      if (hasSocket)
        expect(await statusOf(port, name === 'ingest' ? '/health/live/' : '/api/0/')).toBeLessThan(500);
      expect(await stop(child)).toBe(0);
    } finally {
      child.kill('SIGKILL');
      socket?.close();
    }
  },
);

test.each(SERVICES)('the container of %s starts and its probes find what they ask for', async (name) => {
  const [workload] = parseAllDocuments(readFileSync(inRoot('deploy', 'kubernetes', `${name}.yaml`), 'utf8'));
  const container = workload?.toJS().spec.template.spec.containers[0] as Container;
  const named = Object.fromEntries(container.env.map((one) => [one.name, one.value]));
  const places = new Map([
    ['operations', await freePort()],
    ['http', await freePort()],
  ]);
  const env = {
    ...settings,
    ...named,
    CULPRIT_DATA: data.path,
    CULPRIT_HOST: HOST,
    CULPRIT_OPERATIONS_HOST: HOST,
    CULPRIT_OPERATIONS_PORT: String(places.get('operations')),
    CULPRIT_PORT: String(places.get('http')),
    CULPRIT_INGEST_PORT: String(places.get('http')),
  };
  const script = container.command[1]?.replace('/opt/culprit/', '') ?? '';
  const child = spawn(process.execPath, [inRoot(script)], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    await run(process.execPath, [inRoot('services/local/commands/wait-ready.ts')], { env });
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      await expect
        .poll(() => statusOf(places.get(probe.httpGet.port) ?? 0, probe.httpGet.path), { timeout: 20_000 })
        .toBe(200);
    }
    expect(await stop(child)).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

/** The script of a command, as it lies in this checkout. */
function commandOf(commands: readonly string[] | undefined): string[] {
  const script = commands?.[0]?.split(' ')[1] ?? '';
  return [inRoot(script.replace('/opt/culprit/current/', ''))];
}

/** With the socket as descriptor 3 and `LISTEN_PID`, which is the number of the process itself. */
function startAsSystemd(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  socket: number | undefined,
): ChildProcess {
  const listen = socket === undefined ? '' : 'export LISTEN_FDS=1 LISTEN_PID=$$; ';
  return spawn('sh', ['-c', `${listen}exec "$@"`, 'sh', process.execPath, ...args], {
    env,
    stdio: ['ignore', 'inherit', 'inherit', ...(socket === undefined ? [] : [socket])],
  });
}

async function stop(child: ChildProcess): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await exited;
  return code as number | null;
}

async function statusOf(port: number, path: string): Promise<number> {
  const answer = await fetch(`http://${HOST}:${port}${path}`, { headers: { connection: 'close' } });
  await answer.arrayBuffer();
  return answer.status;
}

async function freePort(): Promise<number> {
  const { port } = await choosePort(HOST, { asked: 0, default: 0 }, ports);
  return port;
}
