import { type ChildProcess, fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

const STOP_MS = 60_000;

/** A service in a process of its own, started as a supervisor would. */
export class ServiceProcess {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, facts: Readonly<Record<string, unknown>>) {
    this.#child = child;
    this.facts = facts;
  }

  /** Resolves when the service says that it is ready. What it prints goes to `logFile`. */
  static async start(
    service: 'ingest' | 'processor',
    env: Readonly<Record<string, string>>,
    logFile: string,
  ): Promise<ServiceProcess> {
    const child = fork(join(ROOT, 'services', service, 'main.ts'), [], {
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const log = createWriteStream(logFile, { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    const facts = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      child.once('exit', (code, signal) =>
        reject(new Error(`${service} ended (${code ?? signal}): see ${logFile}`)),
      );
      child.on('message', (message: { kind?: unknown }) => {
        if (message?.kind === 'ready') resolve(message as Readonly<Record<string, unknown>>);
      });
    });
    return new ServiceProcess(child, facts);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Of a signal that ends the process, resolves when it is gone. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await gone;
  }

  /** @throws when it does not end; it is killed then. */
  async stop(): Promise<void> {
    let isKilled = false;
    const patience = setTimeout(() => {
      isKilled = true;
      this.#child.kill('SIGKILL');
    }, STOP_MS);
    await this.signal('SIGCONT');
    await this.signal('SIGTERM');
    clearTimeout(patience);
    if (isKilled) throw new Error(`process ${this.pid} did not end within ${STOP_MS} ms: see its log`);
  }
}
