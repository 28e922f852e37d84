import { mkdir, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ByteBudget } from './byte-budget.ts';
import { type Engine, openEngine } from './engine.ts';
import { engineConfig, heldBytes } from './engine-config.ts';
import { createHttpInterface } from './http-interface.ts';
import { openInsertFiles } from './insert-files.ts';
import type { StartedMessage, StartMessage } from './start.ts';

/**
 * The process that owns the embedded engine. It is told by IPC where its folder is and what the password is (never by arguments or environment: other users could read
 * them), and ends when that channel closes: an orphan would keep the data folder from the next start.
 */
const STOP_DEADLINE_MS = 15_000;

/** Everything that was answered is on disk: before the engine is open, and when it is stuck, there is nothing to be lost. */
let stop = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

async function start(message: StartMessage): Promise<StartedMessage> {
  const folder = message.dataFolder;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folder, 'engine.xml');
  await writeFile(configFile, engineConfig, { mode: 0o600 });
  const engine = await openEngine({ folder: join(folder, 'engine'), configFile });
  const inserts = join(folder, 'inserts');
  const files = await openInsertFiles(inserts);
  process.chdir(inserts);
  await createDatabase(engine);
  const budget = new ByteBudget(heldBytes);
  const server = createHttpInterface({ engine, files, budget, password: message.password });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: message.port }, resolve);
  });
  stop = () => closeAll(server, engine);
  const { port } = server.address() as AddressInfo;
  return { kind: 'started', port, pid: process.pid, version: engine.version };
}

async function createDatabase(engine: Engine): Promise<void> {
  await engine.run({
    sql: 'CREATE DATABASE IF NOT EXISTS culprit',
    format: 'Null',
    settings: new Map(),
    parameters: new Map(),
    queryId: 'start',
    lane: 'change',
    signal: new AbortController().signal,
  });
}

function closeAll(server: Server, engine: Engine): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_DEADLINE_MS).unref();
  server.close();
  engine.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
}

function report(message: StartedMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, () => resolve());
  });
}

process.title = 'culprit-clickhouse';
process.once('SIGTERM', () => stop());
process.once('disconnect', () => stop());
// Ctrl-C reaches the whole process group; the parent decides in which order things stop.
process.on('SIGINT', () => {});
process.once('message', (message: StartMessage) => {
  start(message).then(report, async (cause: unknown) => {
    await report({ kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) });
    process.exit(1);
  });
});
