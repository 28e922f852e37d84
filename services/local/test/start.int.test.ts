import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataFolder, type FirstRunFile, type RunFile } from '../data-folder.ts';
import { isAlive, type ProcessIdentity, signalProcess } from '../process-identity.ts';
import { inRoot } from '../repository.ts';

const START_MS = 60_000;
const SERVICES = ['ingest', 'processor', 'web', 'alerts'];

let data: TemporaryFolder;
let command: RunningCommand;

interface RunningCommand {
  readonly child: ChildProcess;
  /** Everything it wrote so far. */
  output(): string;
  readonly exited: Promise<number | null>;
}

beforeAll(async () => {
  data = await temporaryFolder();
  command = startCommand();
  await isUp(command);
});

afterAll(async () => {
  const run = await runFile();
  const left = run === undefined ? [] : [run.supervisor, ...Object.values(run.processes)];
  for (const process of left) signalProcess(process, 'SIGKILL');
  command.child.kill('SIGKILL');
  // They would still write where the folder is being removed.
  await eventually('all are gone', () => !left.some(isAlive), { timeoutMs: START_MS });
  await data.remove();
});

test('the first run leaves its facts in a file that only its owner can read, and the DSN takes events', async () => {
  const path = join(data.path, 'first-run.json');
  const { url, dsn, password, ...names } = firstRun();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(names).toEqual({
    organization: 'main',
    project: 'app',
    email: 'admin@localhost',
    token: expect.stringMatching(/^sntrys_/),
  });
  expect(command.output()).toContain(url);
  expect(command.output()).toContain(dsn);
  expect(command.output()).toContain(password);
  expect(await sendEvent()).toBe(200);
});

test('a second start on the same folder says who works there, and touches nothing', async () => {
  const second = startCommand();
  expect(await second.exited).toBe(1);
  const { supervisor } = await mustRun();
  expect(second.output()).toContain(`(process ${supervisor.pid})`);
  expect(isAlive(supervisor)).toBe(true);
});

test('a store or a service that is killed comes back, and the log says which', async () => {
  const before = await mustRun();
  for (const name of ['postgres', 'clickhouse', ...SERVICES]) {
    const victim = processOf(before, name);
    signalProcess(victim, 'SIGKILL');
    await eventually(
      `${name} runs again`,
      async () => {
        const now = (await mustRun()).processes[name];
        return now !== undefined && now.pid !== victim.pid && isAlive(now);
      },
      { timeoutMs: START_MS },
    );
    expect(command.output()).toMatch(new RegExp(`process died, starting it again.*process=${name}`));
  }
  await eventually('events are accepted again', async () => (await sendEvent()) === 200, {
    timeoutMs: START_MS,
  });
});

test('processes of a killed supervisor are gone before the next start works, and the data are there', async () => {
  const before = await mustRun();
  const facts = firstRun();
  signalProcess(before.supervisor, 'SIGKILL');
  await command.exited;
  command = startCommand();
  await isUp(command);
  expect(Object.values(before.processes).filter(isAlive)).toEqual([]);
  expect(firstRun()).toEqual(facts);
  expect(command.output()).not.toContain(facts.password);
  expect(await sendEvent()).toBe(200);
});

test('SIGTERM stops everything in order, and the next start finds it as it was', async () => {
  const before = await mustRun();
  const facts = firstRun();
  command.child.kill('SIGTERM');
  expect(await command.exited).toBe(0);
  expect([before.supervisor, ...Object.values(before.processes)].filter(isAlive)).toEqual([]);
  expect(await runFile()).toBeUndefined();
  command = startCommand();
  await isUp(command);
  expect(firstRun()).toEqual(facts);
});

/** Ports: any, so that it can run beside another; kept at the next start. */
function startCommand(): RunningCommand {
  const child = spawn(process.execPath, [inRoot('bin', 'culprit.js'), 'start'], {
    env: {
      ...process.env,
      CULPRIT_DATA: data.path,
      CULPRIT_PORT: '0',
      CULPRIT_INGEST_PORT: '0',
      FORCE_COLOR: '',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, exited };
}

async function isUp(started: RunningCommand): Promise<void> {
  const up = eventually('everything is up', () => started.output().includes('Culprit is up'), {
    timeoutMs: START_MS,
  });
  const ended = started.exited.then((code) => Promise.reject(new Error(`it ended with code ${code}`)));
  await Promise.race([up, ended]).catch((cause: unknown) => {
    throw new Error(`not up; it said:\n${started.output()}`, { cause });
  });
  ended.catch(() => {}); // an end that comes later is another test's business
}

function firstRun(): FirstRunFile {
  return JSON.parse(readFileSync(join(data.path, 'first-run.json'), 'utf8')) as FirstRunFile;
}

function runFile(): Promise<RunFile | undefined> {
  return new DataFolder(data.path).run();
}

async function mustRun(): Promise<RunFile> {
  const run = await runFile();
  if (run === undefined) throw new Error('nothing runs');
  return run;
}

function processOf(run: RunFile, name: string): ProcessIdentity {
  const found = run.processes[name];
  if (found === undefined) throw new Error(`${name} does not run`);
  return found;
}

async function sendEvent(): Promise<number> {
  const { origin, username, pathname } = new URL(firstRun().dsn);
  const id = crypto.randomUUID().replaceAll('-', '');
  const event = { event_id: id, platform: 'node', message: 'hello', timestamp: Date.now() / 1000 };
  const body = `${JSON.stringify({ event_id: id })}\n${JSON.stringify({ type: 'event' })}\n${JSON.stringify(event)}\n`;
  const response = await fetch(`${origin}/api${pathname}/envelope/?sentry_key=${username}`, {
    method: 'POST',
    body,
  });
  await response.arrayBuffer();
  return response.status;
}
