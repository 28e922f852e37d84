import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { json, sql } from '@culprit/postgres';
import { overshootBound, windowAt } from '@culprit/quotas';
import { anEventId, eventually, quickest, temporaryFolder, testDatabase } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresLeases } from '../limits/postgres-leases.ts';
import { envelope } from './harness.ts';
import { type IngestProcess, startIngest } from './ingest-process.ts';

const MINUTE = { start: Date.UTC(2026, 10, 20, 12), end: Date.UTC(2026, 10, 20, 12, 1) };
let stores: Awaited<ReturnType<typeof testDatabase>>;

beforeAll(async () => {
  stores = await testDatabase();
});

afterAll(async () => {
  await stores?.drop();
});

describe('leases in PostgreSQL', () => {
  const ask = (id: string, amount: number, limit = 100) => ({ id, limit, window: MINUTE, amount });

  test('are granted up to the limit, window by window, and can be given back', async () => {
    const leases = postgresLeases(stores.database);
    expect(await leases.lease([ask('a', 60), ask('b', 150)])).toEqual([
      { amount: 60, leased: 60 },
      { amount: 100, leased: 100 },
    ]);
    expect(await leases.lease([ask('b', 1), ask('a', 60)])).toEqual([
      { amount: 0, leased: 100 },
      { amount: 40, leased: 100 },
    ]);
    expect(await leases.lease([ask('a', -30)])).toEqual([{ amount: -30, leased: 70 }]);
    expect(await leases.lease([ask('a', 60, 80)])).toEqual([{ amount: 10, leased: 80 }]);
    expect(await leases.lease([ask('a', 60, 20)])).toEqual([{ amount: 0, leased: 80 }]);
    const next = { ...ask('a', 5), window: { start: MINUTE.end, end: MINUTE.end + 60_000 } };
    expect(await leases.lease([next])).toEqual([{ amount: 5, leased: 5 }]);
    expect(await leases.lease([])).toEqual([]);
  });

  test('never exceed the limit when many ask at once, in any order', async () => {
    const leases = postgresLeases(stores.database);
    const ids = ['x', 'y', 'z'];
    const grants = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        leases.lease((i % 2 === 0 ? ids : ids.toReversed()).map((id) => ask(id, 7))),
      ),
    );
    const sum = grants.flat().reduce((total, { amount }) => total + amount, 0);
    expect(sum).toBe(300);
  });

  test('are forgotten when their window is over', async () => {
    const leases = postgresLeases(stores.database);
    await leases.lease([ask('old', 1)]);
    await leases.forgetBefore(MINUTE.end + 1);
    expect(await leases.lease([ask('old', 1)])).toEqual([{ amount: 1, leased: 1 }]);
  });
});

/** Stands between processes and PostgreSQL, so that it can be away for them. */
class Gate {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(url: string) {
    this.#target = new URL(url);
    this.#server = createServer((socket) => {
      const behind = connect(Number(this.#target.port), this.#target.hostname);
      for (const one of [socket, behind]) {
        this.#sockets.add(one);
        one.on('error', () => {}).on('close', () => this.#sockets.delete(one));
      }
      socket.pipe(behind).pipe(socket);
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String(typeof address === 'object' ? address?.port : 0);
    return url.href;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

describe('four processes that are flooded', () => {
  const allowance = { id: 'flooded', limit: 1_000, seconds: 5 };
  const PROCESSES = 4;
  const most = allowance.limit + overshootBound(PROCESSES, allowance.limit);

  async function stop(child: ChildProcess): Promise<Readonly<Record<string, number>>> {
    const told = once(child, 'message');
    child.send('stop');
    const [{ accepted }] = await told;
    return accepted;
  }

  test('accept at most a slice each beyond the limit, also when PostgreSQL is gone half-way, and then go on', async () => {
    const gate = new Gate(stores.url);
    const url = await gate.open();
    const program = fileURLToPath(new URL('quota-process.ts', import.meta.url));
    const children = Array.from({ length: PROCESSES }, () => fork(program, [], { execArgv: [] }));
    for (const child of children) child.send({ url, allowance, burst: 4, everyMs: 10 });
    const leased = async (start: number): Promise<number> => {
      const row = await stores.database.maybeOne<{ leased: string }>(sql`
        select leased from quota_windows where bucket = ${allowance.id} and starts_at = ${new Date(start)}`);
      return Number(row?.leased ?? 0);
    };
    await eventually('the first lease', async () => (await leased(windowAt(5, Date.now()).start)) > 0);
    const whole = windowAt(5, Date.now()).end;
    const cut = whole + 5_000;
    await eventually('a whole window is over and the next begun', async () => (await leased(cut)) > 400, {
      timeoutMs: 20_000,
    });
    gate.close();
    const after = [cut + 5_000, cut + 10_000];
    await eventually('two windows without PostgreSQL', async () => Date.now() > cut + 15_000, {
      timeoutMs: 20_000,
    });
    const accepted = await Promise.all(children.map(stop));
    const sums = new Map<number, number>();
    for (const one of accepted) {
      for (const [start, count] of Object.entries(one)) {
        sums.set(Number(start), (sums.get(Number(start)) ?? 0) + count);
      }
    }
    for (const sum of sums.values()) expect(sum).toBeLessThanOrEqual(most);
    expect(sums.get(whole)).toBeGreaterThanOrEqual(allowance.limit);
    for (const start of after) expect(sums.get(start)).toBeGreaterThanOrEqual(allowance.limit * 0.9);
  });
});

describe('two workers of an ingest', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let ingest: IngestProcess;
  let projectId: number;
  const key = anEventId();

  beforeAll(async () => {
    folder = await temporaryFolder();
    const organization = await stores.database.one<{ id: string }>(sql`
      insert into organizations (slug, name, hash_secret) values ('o', 'O', '\\x00') returning id`);
    const project = await stores.database.one<{ id: number }>(sql`
      insert into projects (organization_id, slug, name) values (${organization.id}, 'p', 'P') returning id`);
    projectId = project.id;
    await stores.database.execute(sql`
      insert into project_keys (project_id, public_key) values (${projectId}, ${key})`);
    ingest = await startIngest({ folder: folder.path, databaseUrl: stores.url });
  });

  afterAll(async () => {
    await ingest?.stop();
    await folder?.remove();
  });

  const setQuotas = (...quotas: readonly object[]): Promise<number> =>
    stores.database.execute(sql`
      update projects set settings = ${json({ quotas })}::jsonb where id = ${projectId}`);

  /** A new connection each, so that both workers are asked. */
  const send = async (): Promise<number> => {
    const response = await fetch(`${ingest.url}/api/${projectId}/envelope/?sentry_key=${key}`, {
      method: 'POST',
      headers: { connection: 'close' },
      body: envelope({}, [{ type: 'session' }, '{"sid":"1"}']),
    });
    return response.status;
  };

  const settled = (status: number) => async (): Promise<boolean> => {
    for (let tries = 0; tries < 8; tries++) if ((await send()) !== status) return false;
    return true;
  };

  test('hold to a quota within two seconds of its being set, and to none within two seconds of its being taken away', async () => {
    const quota = { id: 'none', categories: ['session'], scope: 'project', limit: 0, window: 60 };
    expect(await send()).toBe(200);
    const took = await quickest(2_000, async () => {
      const setAt = performance.now();
      await setQuotas(quota);
      await eventually('eight refusals one after the other', settled(429));
      const takenAt = performance.now();
      await setQuotas();
      await eventually('eight acceptances one after the other', settled(200));
      return Math.max(takenAt - setAt, performance.now() - takenAt);
    });
    expect(took).toBeLessThan(2_000);
  });

  test('accept together what the quota allows, one after the other', async () => {
    // A day, so that no window ends meanwhile but at midnight.
    const limit = 30;
    const quota = { id: 'few', categories: ['session'], scope: 'project', limit, window: 86_400 };
    await setQuotas({ ...quota, id: 'gate', limit: 0 });
    await eventually('both know the first list', settled(429));
    await setQuotas(quota);
    const [statuses, at] = [[] as number[], performance.now()];
    while (statuses.filter((status) => status === 429).length < 40 || performance.now() - at < 3_000) {
      statuses.push(await send());
    }
    const accepted = statuses.filter((status) => status === 200).length;
    expect(accepted).toBeGreaterThanOrEqual(limit);
    expect(accepted).toBeLessThanOrEqual(limit + overshootBound(2, limit));
  });
});
