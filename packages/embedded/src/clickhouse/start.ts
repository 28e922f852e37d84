import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Logger } from '@culprit/runtime';
import { type EmbeddedStore, type Exit, exitOf } from '../embedded-store.ts';
import { EmbeddedStoreError } from '../errors.ts';
import { pinnedNode } from '../pinned-node.ts';
import { userName } from './authentication.ts';
import { threadPoolSize } from './engine-config.ts';

export interface EmbeddedClickHouseOptions {
  /** Made when it is missing; belongs to one process at a time. */
  readonly dataFolder: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** For user `culprit`. */
  readonly password: string;
  readonly logger: Logger;
  /** A command that runs the process, such as `['strace', '-f', …]`: for tests of what happens between two system calls. */
  readonly wrap?: readonly string[];
}

export interface StartMessage {
  readonly dataFolder: string;
  readonly port: number;
  readonly password: string;
}

export type StartedMessage =
  | { readonly kind: 'started'; readonly port: number; readonly pid: number; readonly version: string }
  | { readonly kind: 'failed'; readonly message: string };

const START_DEADLINE_MS = 90_000;
const STOP_DEADLINE_MS = 20_000;

/**
 * Starts the ClickHouse engine in a process of its own, which speaks ClickHouse's HTTP interface on 127.0.0.1, and resolves when it answers. Database `culprit` is
 * there. The process ends by itself when this one is gone, however that went; a start waits for an earlier process that is still ending.
 *
 * @throws EmbeddedStoreError `folder_not_usable`, `start_failed`
 */
export async function startEmbeddedClickHouse(options: EmbeddedClickHouseOptions): Promise<EmbeddedStore> {
  const dataFolder = resolve(options.dataFolder);
  if (/[*?{}[\]]/.test(dataFolder)) {
    throw new EmbeddedStoreError(
      'folder_not_usable',
      `The engine takes the signs * ? { } [ ] in ${dataFolder} for a pattern. Choose a folder without them.`,
    );
  }
  const [command, ...before] = [...(options.wrap ?? []), pinnedNode()];
  const main = resolve(import.meta.dirname, 'main.ts');
  const child = spawn(command ?? pinnedNode(), [...before, main], {
    env: { ...process.env, UV_THREADPOOL_SIZE: String(threadPoolSize), NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const exited = exitOf(child);
  forwardLines(child, options.logger);
  const started = firstAnswer(child, exited);
  const message: StartMessage = {
    dataFolder,
    port: options.port ?? 0,
    password: options.password,
  };
  child.send(message);
  const { port, pid, version } = await started.catch((cause: unknown) => {
    child.kill('SIGKILL');
    throw cause;
  });
  options.logger.info({ port, pid, version }, 'embedded ClickHouse started');
  return {
    url: `http://${userName}:${encodeURIComponent(options.password)}@127.0.0.1:${port}/culprit`,
    port,
    pid,
    exited,
    stop: () => stop(child, pid, exited),
  };
}

function firstAnswer(
  child: ChildProcess,
  exited: Promise<Exit>,
): Promise<StartedMessage & { kind: 'started' }> {
  return new Promise((resolve, reject) => {
    const fail = (message: string): void => {
      clearTimeout(deadline);
      reject(new EmbeddedStoreError('start_failed', `Embedded ClickHouse did not start: ${message}`));
    };
    const deadline = setTimeout(() => fail('no answer in time'), START_DEADLINE_MS);
    child.once('message', (message: StartedMessage) => {
      if (message.kind === 'failed') return fail(message.message);
      clearTimeout(deadline);
      resolve(message);
    });
    exited.then(({ code, signal }) => fail(`its process ended (${signal ?? code})`));
  });
}

async function stop(child: ChildProcess, pid: number, exited: Promise<Exit>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) kill(pid, 'SIGTERM');
  const deadline = setTimeout(() => kill(pid, 'SIGKILL'), STOP_DEADLINE_MS);
  await exited;
  clearTimeout(deadline);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already, which is what was wanted.
  }
}

function forwardLines(child: ChildProcess, logger: Logger): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) =>
      logger.warn({ line }, 'embedded ClickHouse says'),
    );
  }
}
