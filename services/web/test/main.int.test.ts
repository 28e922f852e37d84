import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createFirstRun } from '@culprit/accounts';
import { systemClock } from '@culprit/runtime';
import { temporaryFolder, testClickHouse, testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
let stores: readonly [Awaited<ReturnType<typeof testDatabase>>, Awaited<ReturnType<typeof testClickHouse>>];
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let child: ChildProcess;
let ready: { kind: string; port: number; operationsPort: number };

beforeAll(async () => {
  stores = await Promise.all([testDatabase(), testClickHouse()]);
  folder = await temporaryFolder();
  child = fork(MAIN, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: stores[0].url,
      CLICKHOUSE_URL: stores[1].url,
      CULPRIT_DATA: folder.path,
      CULPRIT_PORT: '0',
      CULPRIT_PUBLIC_URL: 'http://culprit.test',
    },
  });
  [ready] = (await once(child, 'message')) as [typeof ready];
});

afterAll(async () => {
  child.kill('SIGKILL');
  await Promise.all(stores.map((store) => store.drop()));
  await folder.remove();
});

describe('the web process', () => {
  it('says where it listens, lets the first admin and the first token in, and is healthy', async () => {
    const run = await createFirstRun(stores[0].database, {
      clock: systemClock,
      publicUrl: 'http://culprit.test',
    });
    const base = `http://127.0.0.1:${ready.port}`;
    const login = await fetch(`${base}/api/0/auth/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: run.email, password: run.password }),
    });
    expect(login.status).toBe(200);
    expect(login.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Lax$/);
    const keys = await fetch(`${base}/api/0/projects/main/app/keys/`, {
      headers: { authorization: `Bearer ${run.token}` },
    });
    expect(await keys.json()).toMatchObject([
      { dsn: { public: `http://${run.publicKey}@culprit.test/${run.project.id}` } },
    ]);
    const system = await fetch(`${base}/api/0/system/`, {
      headers: { authorization: `Bearer ${run.token}` },
    });
    expect(await system.json()).toMatchObject({ log: { topic: 'events' }, deadLetters: { open: 0 } });
    const health = await fetch(`http://127.0.0.1:${ready.operationsPort}/health/ready`);
    expect(await health.json()).toEqual({ ready: true, postgres: true, clickhouse: true });
    const metrics = await fetch(`http://127.0.0.1:${ready.operationsPort}/metrics`);
    expect(await metrics.text()).toContain('culprit_web_request_seconds');
  });

  it('stops by itself when it is asked to', async () => {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});
