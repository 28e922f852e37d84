import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Logger } from '@culprit/runtime';
import { type Exit, exitOf } from '../embedded-store.ts';
import { EmbeddedStoreError } from '../errors.ts';
import { javaArguments, javaEnvironment, saysItStarted } from './java.ts';
import { tieToOurLife } from './life-line.ts';
import { noteBroker } from './orphan.ts';
import type { BrokerPlace } from './settings.ts';
import { type ClusterIdentity, formatOnce } from './storage.ts';

/** One broker of an embedded Kafka. */
export interface EmbeddedBroker {
  /** From 1. */
  readonly id: number;
  /** Of the process that runs now or ran last. */
  readonly pid: number;
  readonly port: number;
  /** Sends the signal; of one that ends the process resolves when it is gone. Nothing is started again by itself. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again after its end, on the same port and data; resolves when it answers clients. */
  restart(): Promise<void>;
}

const START_DEADLINE_MS = 180_000;
/** A controller that has lost its quorum does not end in order: the last of three would wait for minutes. */
const STOP_MS = 15_000;
const KEPT_LINES = 20;
/** These leave the process there. */
const HARMLESS: readonly NodeJS.Signals[] = ['SIGSTOP', 'SIGCONT', 'SIGQUIT'];

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
}

export interface BrokerOptions {
  readonly place: BrokerPlace;
  readonly cluster: ClusterIdentity;
  readonly jars: string;
  readonly settingsFile: string;
  readonly logger: Logger;
  readonly onExit: (exit: Exit) => void;
}

export class BrokerProcess implements EmbeddedBroker {
  readonly id: number;
  readonly port: number;
  readonly #options: BrokerOptions;
  #running: Running | undefined;
  #pid = 0;

  constructor(options: BrokerOptions) {
    this.id = options.place.id;
    this.port = options.place.port;
    this.#options = options;
  }

  get pid(): number {
    return this.#pid;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** @throws EmbeddedStoreError `start_failed` */
  async restart(): Promise<void> {
    if (this.#running !== undefined) {
      throw new EmbeddedStoreError('in_use', `Broker ${this.id} still runs (process ${this.#pid}).`);
    }
    await formatOnce(this.#options);
    const running = this.#spawn();
    if (running.child.pid !== undefined) await noteBroker(this.#options.place.folder, this.#pid);
    await this.#untilStarted(running);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.child.kill(signal);
    if (!HARMLESS.includes(signal)) await running.exited;
  }

  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.child.kill('SIGCONT'); // one that was stopped by a signal would not hear the next
    running.child.kill('SIGTERM');
    const byForce = setTimeout(() => running.child.kill('SIGKILL'), STOP_MS);
    await running.exited;
    clearTimeout(byForce);
  }

  #spawn(): Running {
    const { place, jars, settingsFile, onExit } = this.#options;
    // A session of its own: Ctrl-C in the terminal shall reach the supervisor, which stops the stores last.
    const child = spawn('java', [...javaArguments(jars, 'kafka.Kafka'), settingsFile], {
      cwd: place.folder,
      env: javaEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const running = { child, exited: exitOf(child) };
    this.#running = running;
    this.#pid = child.pid ?? 0;
    const untie = child.pid === undefined ? () => {} : tieToOurLife(child.pid);
    void running.exited.then((exit) => {
      untie();
      this.#running = undefined;
      onExit(exit);
    });
    return running;
  }

  #untilStarted({ child, exited }: Running): Promise<void> {
    const lastLines: string[] = [];
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(deadline);
        const said = lastLines.join('\n');
        reject(new EmbeddedStoreError('start_failed', `Kafka did not start (${why}): ${said}`));
      };
      const deadline = setTimeout(() => {
        fail('no answer in time');
        child.kill('SIGKILL');
      }, START_DEADLINE_MS);
      void exited.then(({ code, signal }) => fail(`its process ended, ${signal ?? `exit code ${code}`}`));
      for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on('line', (line) => {
          lastLines.push(line);
          if (lastLines.length > KEPT_LINES) lastLines.shift();
          if (saysItStarted(line)) {
            clearTimeout(deadline);
            resolve();
          }
          this.#forward(line);
        });
      }
    });
  }

  /** Its warnings are of the kind that nobody can do anything about, such as a peer that starts later. */
  #forward(line: string): void {
    const level = / (ERROR|FATAL) /.test(line) ? 'warn' : 'debug';
    this.#options.logger[level]({ broker: this.id, line }, 'embedded Kafka says');
  }
}
