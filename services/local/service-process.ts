import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { RunningPart } from './part.ts';

export interface ServiceProcessOptions {
  /** Script, absolute. */
  readonly script: string;
  /** The Node to run it on. Default: this process's own. */
  readonly runtime?: string;
  /** Whether it finishes what it has when it is told that a successor works; one of older code is only asked to stop. Default: yes. */
  readonly drains?: boolean;
  /** For Node, in front of the script. */
  readonly nodeFlags?: readonly string[];
  /** A listening socket for it, as a descriptor of this process. */
  readonly socket?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Each line that it writes. */
  readonly onLine: (line: string) => void;
  /** Where it is known while it starts, so that a stop need not wait until it works. */
  readonly signal: AbortSignal;
}

const STOP_MS = 15_000;
/** A little more than a service gives itself. */
const DRAIN_MS = 160_000;
/** Where a child finds its socket: after standard input, output and error. */
const SOCKET_FD = 3;

/**
 * Starts a service and resolves when it says that it works. It stops by itself when this process is gone: its IPC channel closes.
 *
 * @throws Error when it ends before.
 */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<RunningPart> {
  const { script, env, runtime, socket, drains = true, nodeFlags = [] } = options;
  const child = fork(script, [], {
    execArgv: [...nodeFlags],
    env: { ...env, ...(socket === undefined ? {} : { CULPRIT_LISTEN_FD: String(SOCKET_FD) }) },
    ...(runtime === undefined ? {} : { execPath: runtime }),
    stdio: ['ignore', 'pipe', 'pipe', ...(socket === undefined ? [] : [socket]), 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', options.onLine);
  }
  const exited = exitOf(child);
  const facts = await readyFacts(child, exited, options.signal);
  return {
    pid: child.pid ?? 0,
    facts,
    exited,
    stop: () => stop(child, exited),
    drain: () => (drains ? drain(child, exited) : stop(child, exited)),
    kill: () => child.kill('SIGKILL'),
  };
}

type Exited = RunningPart['exited'];

function exitOf(child: ChildProcess): Exited {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: -1, signal: null });
    });
  });
}

function readyFacts(
  child: ChildProcess,
  exited: Exited,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      void stop(child, exited);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    child.on('message', (message: unknown) => {
      if (typeof message !== 'object' || message === null) return;
      const { kind, ...facts } = message as Record<string, unknown>;
      if (kind !== 'ready') return;
      signal.removeEventListener('abort', giveUp);
      resolve(facts);
    });
    void exited.then(({ code, signal: bySignal }) => {
      signal.removeEventListener('abort', giveUp);
      reject(new Error(`it ended before it was ready (${bySignal ?? `exit code ${code}`})`));
    });
  });
}

async function drain(child: ChildProcess, exited: Exited): Promise<void> {
  if (child.connected) child.send({ kind: 'drain' }, () => {}); // where it is gone already, `exited` says so
  const force = setTimeout(() => void stop(child, exited), DRAIN_MS);
  await exited;
  clearTimeout(force);
}

async function stop(child: ChildProcess, exited: Exited): Promise<void> {
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(force);
}
