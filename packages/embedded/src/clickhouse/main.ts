import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openEngine } from './engine.ts';
import { engineConfig } from './engine-config.ts';
import { createHttpInterface } from './http-interface.ts';
import { openInsertFiles } from './insert-files.ts';
import type { StartedMessage, StartMessage } from './start.ts';

/**
 * The process that owns the embedded engine. It is told by IPC where its folder is and what the password is (never by arguments or environment: other users could read
 * them), and ends when that channel closes: an orphan would keep the data folder from the next start.
 */
const STOP_DEADLINE_MS = 15_000;

function fail(cause: unknown): void {
  const message = cause instanceof Error ? cause.message : String(cause);
  const report: StartedMessage = { kind: 'failed', message };
  process.send?.(report, () => process.exit(1));
}

async function start(message: StartMessage): Promise<void> {
  const folder = message.dataFolder;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folder, 'engine.xml');
  await writeFile(configFile, engineConfig, { mode: 0o600 });
  const engine = await openEngine({ folder: join(folder, 'engine'), configFile });
  const inserts = join(folder, 'inserts');
  const files = await openInsertFiles(inserts);
  process.chdir(inserts);
  await engine.run({
    sql: 'CREATE DATABASE IF NOT EXISTS culprit',
    format: 'Null',
    settings: new Map(),
    parameters: new Map(),
    queryId: 'start',
    lane: 'change',
    signal: new AbortController().signal,
  });
  const server = createHttpInterface({ engine, files, password: message.password });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: message.port }, resolve);
  });

  const stop = (): void => {
    // Everything that was answered is on disk: the engine needs no farewell, and a stuck query must not hold the folder.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_DEADLINE_MS).unref();
    server.close();
    server.closeAllConnections();
    engine.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  // Ctrl-C reaches the whole process group; the parent decides in which order things stop.
  process.on('SIGINT', () => {});
  const { port } = server.address() as AddressInfo;
  const started: StartedMessage = { kind: 'started', port, pid: process.pid, version: engine.version };
  process.send?.(started);
}

process.once('message', (message: StartMessage) => {
  start(message).catch(fail);
});
process.once('disconnect', () =>
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_DEADLINE_MS).unref(),
);
