import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@culprit/runtime';
import { type EmbeddedStore, type Exit, exitOf } from '../embedded-store.ts';
import { EmbeddedStoreError } from '../errors.ts';
import { type Account, checkReachable, prepareFolder } from './account.ts';
import { findPostgresBinaries, type PostgresBinaries } from './binaries.ts';
import { openCluster, serverEnvironment, superuser } from './cluster.ts';
import { createDatabaseIfMissing } from './first-database.ts';
import { clearOrphan, noteOwner } from './orphan.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { serverSettings } from './settings.ts';

export interface EmbeddedPostgresOptions {
  /** Made when it is missing; belongs to one process at a time. */
  readonly dataFolder: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Of user `culprit`; set when the folder is made, and needed again at each start. */
  readonly password: string;
  readonly logger: Logger;
}

/** Recovery after a crash replays up to `max_wal_size`. */
const START_DEADLINE_MS = 180_000;
const FAST_STOP_MS = 30_000;
const ATTEMPTS = 20;
const RETRY_MS = 250;

/**
 * Starts PostgreSQL on 127.0.0.1 and resolves when it accepts connections. Database and user `culprit` are there. As root it runs as the folder's owner, else as `nobody`.
 * It survives the death of this process (it would not if it shared its fate with us); the next start ends it first.
 *
 * @throws EmbeddedStoreError
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedStore> {
  const folder = resolve(options.dataFolder);
  const binaries = await findPostgresBinaries();
  const account = await prepareFolder(folder);
  await checkReachable(account, folder);
  await checkReachable(account, binaries.postgres);
  const cluster = await openCluster({ folder, binaries, account, password: options.password });
  await clearOrphan(folder, cluster, options.logger);
  await noteOwner(folder);
  const { child, exited, port } = await launch({ ...options, binaries, account, cluster });
  const pid = child.pid ?? 0;
  const url = (database: string): string =>
    `postgres://${superuser}:${encodeURIComponent(options.password)}@127.0.0.1:${port}/${database}`;
  const store = { url: url('culprit'), port, pid, exited, stop: () => stop(child, exited) };
  try {
    await createDatabaseIfMissing(url('postgres'), 'culprit');
  } catch (cause) {
    await store.stop();
    throw new EmbeddedStoreError(
      'start_failed',
      `PostgreSQL runs, but does not let us in: was ${folder} made with another password?`,
      { cause },
    );
  }
  options.logger.info({ port, pid }, 'embedded PostgreSQL started');
  return store;
}

interface LaunchOptions extends EmbeddedPostgresOptions {
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly cluster: string;
}

interface Launched {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  readonly port: number;
}

/** Some failures pass: a free port that another took, processes of a killed postmaster that still hold its memory. */
async function launch(options: LaunchOptions): Promise<Launched> {
  for (let attempt = 1; ; attempt += 1) {
    const isAnyPort = options.port === undefined || options.port === 0;
    const port = isAnyPort ? await freePort() : (options.port ?? 0);
    const launched = spawnPostmaster(options, port);
    if (await isReady(options.cluster, launched)) return launched;
    const said = launched.lastLines.join('\n');
    const isPassing = said.includes('still in use') || (isAnyPort && said.includes('already in use'));
    if (!isPassing || attempt === ATTEMPTS) {
      throw new EmbeddedStoreError('start_failed', `PostgreSQL did not start: ${said}`);
    }
    await delay(RETRY_MS);
  }
}

function spawnPostmaster(options: LaunchOptions, port: number): Launched & { lastLines: string[] } {
  const settings = Object.entries(serverSettings(port)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  // A session of its own: Ctrl-C in the terminal shall reach the supervisor, which stops the stores last.
  const child = spawn(options.binaries.postgres, ['-D', options.cluster, ...settings], {
    cwd: options.cluster,
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    ...(options.account ?? {}),
  });
  const lastLines: string[] = [];
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > 20) lastLines.shift();
      const level = / (WARNING|FATAL|PANIC):/.test(line) ? 'warn' : 'debug';
      options.logger[level]({ line }, 'embedded PostgreSQL says');
    });
  }
  return { child, exited: exitOf(child), port, lastLines };
}

/** False when the process ended first. */
async function isReady(cluster: string, { child, exited }: Launched): Promise<boolean> {
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  for (const end = Date.now() + START_DEADLINE_MS; Date.now() < end; await delay(10)) {
    if (ended) return false;
    const file = await readPostmasterFile(cluster);
    if (file?.pid === child.pid && file?.status === 'ready') return true;
  }
  child.kill('SIGKILL');
  return false;
}

async function stop(child: ChildProcess, exited: Promise<Exit>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
  const immediately = setTimeout(() => child.kill('SIGQUIT'), FAST_STOP_MS);
  const byForce = setTimeout(() => child.kill('SIGKILL'), FAST_STOP_MS + 10_000);
  await exited;
  clearTimeout(immediately);
  clearTimeout(byForce);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
