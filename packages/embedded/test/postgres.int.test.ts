import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@culprit/runtime';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedStore, startEmbeddedPostgres } from '../src/index.ts';
import { isAlive, startAndKillSupervisor } from './killed-supervisor.ts';
import { until } from './until.ts';

const isRoot = process.getuid?.() === 0;
/** Number of an account that every Linux has. */
const daemon = 1;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "culprit's postgres-"));
  await chmod(root, 0o755);
  await (await start('made')).stop();
});
afterAll(() => rm(root, { recursive: true, force: true }));

function start(folder: string, password = "p'w d"): Promise<EmbeddedStore> {
  return startEmbeddedPostgres({ dataFolder: join(root, folder), password, logger: silentLogger() });
}

async function ask(url: string, query: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // the server is killed while we are connected
  await client.connect();
  try {
    return (await client.query({ text: query, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

describe('embedded PostgreSQL', () => {
  test('asks for its password, listens on loopback only, and is durable', async () => {
    const store = await start('fresh');
    expect(await ask(store.url, 'select current_database(), current_user')).toEqual(['culprit', 'culprit']);
    await expect(ask(store.url.replace("p'w", 'wrong'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
    const settings = `select setting from pg_settings where name in
      ('fsync', 'full_page_writes', 'listen_addresses', 'synchronous_commit', 'unix_socket_directories') order by name`;
    expect(await ask(store.url, settings)).toEqual(['on', 'on', '127.0.0.1', 'on', '']);
    for (const address of ownAddresses()) expect(await accepts(address, store.port)).toBe(false);
    expect((await stat(join(root, 'fresh'))).mode & 0o777).toBe(0o700);
    await store.stop();
    expect(await store.exited).toEqual({ code: 0, signal: null });
    await store.stop();
  });

  test('keeps what was committed over an orderly end and over a SIGKILL', async () => {
    let store = await start('made');
    await ask(store.url, 'create table kept (n int)');
    await ask(store.url, 'insert into kept values (1)');
    await store.stop();
    store = await start('made');
    await ask(store.url, 'insert into kept values (2)');
    process.kill(store.pid, 'SIGKILL');
    expect(await store.exited).toEqual({ code: null, signal: 'SIGKILL' });
    store = await start('made');
    expect(await ask(store.url, 'select n from kept order by n')).toEqual([1, 2]);
    await store.stop();
  });

  test('starts at the second attempt when its first was killed half-way', async () => {
    const folder = join(root, 'half');
    await mkdir(join(folder, '18.new'), { recursive: true });
    await writeFile(join(folder, '18.new', 'PG_VERSION'), '18\n');
    const store = await start('half');
    expect(await ask(store.url, 'select 1')).toEqual([1]);
    await store.stop();
    expect((await readdir(folder)).sort()).toEqual(['18', 'owner.pid']);
  });

  test('starts although a file names a process that is none of its own', async () => {
    const folder = join(root, 'made', '18');
    await writeFile(
      join(folder, 'postmaster.pid'),
      `${process.pid}\n${folder}\n1\n5432\n\n127.0.0.1\n\nready\n`,
    );
    const store = await start('made');
    expect(await ask(store.url, 'select 1')).toEqual([1]);
    await store.stop();
  });

  test('ends one that a killed supervisor left running, and not one that is in use', async () => {
    const folder = join(root, 'orphan');
    const left = await startAndKillSupervisor('postgres', folder);
    expect(isAlive(left.pid)).toBe(true);
    await ask(left.url, 'create table of_the_orphan (n int)');
    const store = await start('orphan', 'secret');
    await until(() => !isAlive(left.pid), 'the orphan is gone');
    expect(await ask(store.url, 'select count(*)::int from of_the_orphan')).toEqual([0]);
    await expect(start('orphan', 'secret')).rejects.toMatchObject({ code: 'in_use' });
    expect(await ask(store.url, 'select 1')).toEqual([1]);
    await store.stop();
  });

  test('names what is wrong when it cannot start', async () => {
    await expect(start('made', 'another')).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining('another password'),
    });
    await mkdir(join(root, 'older', '17'), { recursive: true });
    await writeFile(join(root, 'older', '17', 'PG_VERSION'), '17\n');
    await expect(start('older')).rejects.toMatchObject({ code: 'wrong_version' });
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const options = { dataFolder: join(root, 'made'), password: "p'w d", logger: silentLogger() };
    await expect(startEmbeddedPostgres({ ...options, port })).rejects.toMatchObject({
      code: 'start_failed',
      message: expect.stringContaining('Address already in use'),
    });
    other.close();
  });

  test('writes nothing of a refused statement into its log', async () => {
    const lines: string[] = [];
    const logger = silentLogger();
    for (const level of ['debug', 'info', 'warn'] as const) {
      logger[level] = (facts: unknown) => void lines.push(JSON.stringify(facts));
    }
    const store = await startEmbeddedPostgres({ dataFolder: join(root, 'made'), password: "p'w d", logger });
    await ask(store.url, 'create table secrets (value text unique)');
    await ask(store.url, "insert into secrets values ('SECRET')");
    await expect(ask(store.url, "insert into secrets values ('SECRET')")).rejects.toMatchObject({
      code: '23505',
    });
    await store.stop();
    expect(lines.join('\n')).toContain('duplicate key value');
    expect(lines.join('\n')).not.toContain('SECRET');
  });
});

describe.skipIf(!isRoot)('started as root', () => {
  test('runs as nobody, or as the owner of the folder that is there', async () => {
    const asNobody = await start('made');
    const { uid } = await stat(join(root, 'made'));
    expect(uid).not.toBe(0);
    expect(await accountOf(asNobody.pid)).toBe(uid);
    await asNobody.stop();
    await mkdir(join(root, 'owned'));
    await chown(join(root, 'owned'), daemon, daemon);
    const asOwner = await start('owned');
    expect(await accountOf(asOwner.pid)).toBe(daemon);
    await asOwner.stop();
    await mkdir(join(root, 'nameless'));
    await chown(join(root, 'nameless'), 4_711_000, 4_711_000);
    const nameless = await start('nameless');
    expect(await accountOf(nameless.pid)).toBe(uid);
    await nameless.stop();
  });

  test('takes over what belongs to root', async () => {
    await chown(join(root, 'made', '18', 'PG_VERSION'), 0, 0);
    await chown(join(root, 'made', '18', 'base'), 0, 0);
    const store = await start('made');
    expect(await ask(store.url, 'select 1')).toEqual([1]);
    await store.stop();
  });

  test('says which folder is closed and what to do', async () => {
    await mkdir(join(root, 'closed'), { mode: 0o700 });
    await expect(start('closed/postgres')).rejects.toMatchObject({
      code: 'folder_not_usable',
      message: expect.stringContaining(`chmod o+x ${join(root, 'closed')}`),
    });
  });

  test('takes over from one that a plain user started, and runs as that user', async () => {
    const folder = join(root, 'plain');
    await mkdir(folder);
    await chown(folder, daemon, daemon);
    const left = await startAndKillSupervisor('postgres', folder, { uid: daemon, gid: daemon });
    expect(await accountOf(left.pid)).toBe(daemon);
    const store = await start('plain', 'secret');
    expect(await accountOf(store.pid)).toBe(daemon);
    await store.stop();
  });
});

async function accountOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flat()
    .flatMap((entry) =>
      entry !== undefined && !entry.internal && entry.family === 'IPv4' ? [entry.address] : [],
    );
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
