import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');

export interface RunFacts {
  readonly ingestUrl: string;
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  /** Socket on which the supervisor takes orders. */
  readonly control?: string;
  /** Variables that name the event log. */
  readonly log: Readonly<Record<string, string>>;
  readonly processes: Readonly<
    Record<string, { readonly pid: number; readonly facts?: Record<string, unknown> }>
  >;
}

export interface FirstRunFacts {
  readonly url: string;
  readonly dsn: string;
  readonly organization: string;
  readonly project: string;
  readonly token: string;
}

/**
 * Ports that do not change when a stack starts again. Below those that the system hands out by itself: they must be free again after
 * each kill.
 */
export function fixedPorts(): Readonly<Record<'CULPRIT_PORT' | 'CULPRIT_INGEST_PORT', string>> {
  return {
    CULPRIT_PORT: String(randomInt(11_000, 21_000)),
    CULPRIT_INGEST_PORT: String(randomInt(21_000, 32_000)),
  };
}

/** The stack of `npm start`, seen from outside: a process that is started, killed and started again on one folder. */
export class LocalStack {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #output: WriteStream;
  #child: ChildProcess | undefined;

  constructor(folder: string, env: Readonly<Record<string, string>> = {}) {
    this.folder = folder;
    // The cache of compiled code that `bin/culprit.js start` uses, too: without it a start is measured that nobody sees.
    const NODE_COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'culprit');
    this.#env = { NODE_COMPILE_CACHE, ...process.env, CULPRIT_DATA: folder, ...env };
    this.#output = createWriteStream(`${folder}.log`, { flags: 'a' });
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the supervisor says that everything is ready. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [join(ROOT, 'services/local/main.ts')], {
      cwd: ROOT,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stdout?.pipe(this.#output, { end: false });
    child.stderr?.pipe(this.#output, { end: false });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', async (code, signal) => {
        const log = await readFile(`${this.folder}.log`, 'utf8').catch(() => '');
        reject(new Error(`supervisor ended (${code ?? signal}); it said:\n${log.slice(-4_000)}`));
      });
    });
  }

  /** SIGKILL for the supervisor alone: its children must notice by themselves. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }

  async run(): Promise<RunFacts> {
    return JSON.parse(await readFile(join(this.folder, 'run.json'), 'utf8')) as RunFacts;
  }

  async firstRun(): Promise<FirstRunFacts> {
    return JSON.parse(await readFile(join(this.folder, 'first-run.json'), 'utf8')) as FirstRunFacts;
  }

  /** Process id of a part, as the supervisor last wrote it down. */
  async pidOf(name: string): Promise<number | undefined> {
    return (await this.run()).processes[name]?.pid;
  }

  /** Runs one of the processor's command-line tools against this stack; resolves to its exit code and output. */
  async tool(
    script: string,
    args: readonly string[] = [],
  ): Promise<{ readonly code: number; readonly output: string }> {
    const { databaseUrl, clickhouseUrl, log } = await this.run();
    const child = spawn(process.execPath, [join(ROOT, script), ...args], {
      cwd: ROOT,
      env: {
        ...this.#env,
        ...log,
        DATABASE_URL: databaseUrl,
        CLICKHOUSE_URL: clickhouseUrl,
        CULPRIT_FAULT_DIR: '',
      },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const code = await new Promise<number>((resolve) =>
      child.once('close', (exitCode) => resolve(exitCode ?? -1)),
    );
    return { code, output };
  }
}

/** Kills a process outright, with the processes it has started. False: it was gone already. */
export function killHard(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

/** Asks every 50 ms until `ask` gives something. */
export async function waitFor<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined) return answer;
    await delay(50);
  }
  throw new Error(`did not happen within ${timeoutMs / 1000} s: ${what}`);
}
