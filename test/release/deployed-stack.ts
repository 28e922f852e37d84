import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from '../../services/local/release/installation.ts';
import type { ReleaseFolder } from '../../services/local/release/release-folder.ts';
import { inRoot } from '../../services/local/repository.ts';
import { type FirstRunFacts, killHard, type RunFacts, waitFor } from '../chaos/local-stack.ts';

export interface ChangeStep {
  readonly what: string;
  /** From the order until all new processes worked. */
  readonly seconds: number;
  /** The processor that left was killed with a plan laid down and not stored: only the one that came can have stored those events. */
  readonly isPlanLeft: boolean;
}

const SUPERVISOR = 'services/local/main.ts';
const DEPLOY = 'services/local/commands/deploy.ts';
const START_MS = 60_000;
const CHANGE_MS = 120_000;

/** An installation that runs: its supervisor, and the commands that change its release. */
export class DeployedStack {
  readonly #installation: Installation;
  readonly #old: ReleaseFolder;
  readonly #new: ReleaseFolder;
  readonly #faults: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #output: WriteStream;
  #supervisor: ChildProcess | undefined;

  constructor(options: {
    readonly installation: Installation;
    readonly oldRelease: ReleaseFolder;
    readonly newRelease: ReleaseFolder;
    readonly base: string;
    /** The log is on an embedded Kafka. */
    readonly isOnKafka: boolean;
  }) {
    const { installation, oldRelease, newRelease, base, isOnKafka } = options;
    this.#installation = installation;
    this.#old = oldRelease;
    this.#new = newRelease;
    this.#faults = join(base, 'faults');
    this.#output = createWriteStream(join(base, 'log'), { flags: 'a' });
    this.#env = {
      ...process.env,
      CULPRIT_HOME: installation.home,
      CULPRIT_DATA: join(installation.home, 'data'),
      CULPRIT_PORT: '0',
      CULPRIT_INGEST_PORT: '0',
      CULPRIT_FAULT_DIR: this.#faults,
      CULPRIT_LOG: isOnKafka ? 'kafka' : 'lmdb',
      KAFKA_BROKERS: '',
    };
  }

  /** The folder, its schema and its secrets are the old release's own work. */
  async makeDataWithOldSupervisor(): Promise<void> {
    await mkdir(this.#faults, { recursive: true });
    await this.#launch(this.#old, {});
    await this.stop();
  }

  /**
   * Runs the old release's services: under its own supervisor where that can replace them, else under the new one, which then hands its sockets to them
   * by a small piece of code loaded before theirs.
   */
  async start(): Promise<void> {
    if (this.#old.takesOver) return this.#launch(this.#old, {});
    await this.#launch(this.#new, {
      CULPRIT_RELEASE: this.#old.root,
      NODE_OPTIONS: `--import=${inRoot('test/release/take-socket.js')}`,
    });
  }

  async stop(): Promise<void> {
    const child = this.#supervisor;
    if (child === undefined || child.exitCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await exited;
  }

  /** Changes the release at a moment when a processor has laid a plan down; that processor is killed before it can store it. */
  async changeWithUnfinishedPlan(
    what: string,
    args: readonly string[],
    say: (line: string) => void,
  ): Promise<ChangeStep> {
    await writeFile(join(this.#faults, 'planned.armed'), '');
    const hit = await waitFor('a plan', () => this.#planned(), START_MS);
    const started = performance.now();
    const changing = this.#culprit(args);
    await waitFor(
      'another processor, or the end of all services',
      async () => {
        const { processor, alerts } = (await this.run()).processes;
        return processor?.pid !== hit.pid || alerts === undefined ? true : undefined;
      },
      CHANGE_MS,
    );
    const wasKilled = killHard(hit.pid);
    await rm(hit.file, { force: true });
    const { code, output } = await changing;
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    say(`${what}: ${output.trim().split('\n').join('\n  ')}`);
    if (code !== 0) throw new Error(`${what} failed`);
    return { what, seconds, isPlanLeft: wasKilled };
  }

  async run(): Promise<RunFacts> {
    return JSON.parse(await readFile(this.#data('run.json'), 'utf8')) as RunFacts;
  }

  async firstRun(): Promise<FirstRunFacts> {
    return JSON.parse(await readFile(this.#data('first-run.json'), 'utf8')) as FirstRunFacts;
  }

  /** `culprit verify` of the new release. */
  verify(): Promise<{ code: number; output: string }> {
    return this.#command(this.#new, ['verify']);
  }

  /** A command of the release that is current, where that has it: the code that has to make the change is the old one's. */
  async #culprit(args: readonly string[]): Promise<{ code: number; output: string }> {
    const current = (await this.#installation.current()) ?? '';
    const hasIt = existsSync(join(this.#installation.folderOf(current), DEPLOY));
    const release = hasIt && current === nameOf(this.#old) ? this.#old : this.#new;
    return this.#command(release, [...args, '--to', this.#installation.home]);
  }

  async #command(release: ReleaseFolder, args: readonly string[]): Promise<{ code: number; output: string }> {
    const child = spawn(join(release.root, 'bin', 'culprit'), args, {
      env: { ...this.#env, CULPRIT_FAULT_DIR: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString('utf8');
      });
    }
    const code = await new Promise<number>((resolve) => child.once('close', (exit) => resolve(exit ?? -1)));
    return { code, output };
  }

  async #launch(release: ReleaseFolder, env: Readonly<Record<string, string>>): Promise<void> {
    const child = spawn(release.runtime, [join(release.root, SUPERVISOR)], {
      // The cache of compiled code as `bin/culprit start` sets it.
      env: {
        NODE_COMPILE_CACHE: join(release.root, 'node_modules', '.cache', 'culprit'),
        ...this.#env,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#supervisor = child;
    child.stdout?.pipe(this.#output, { end: false });
    child.stderr?.pipe(this.#output, { end: false });
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) =>
        reject(new Error(`supervisor ended with ${code}; see ${this.#output.path}`)),
      );
    });
  }

  async #planned(): Promise<{ file: string; pid: number } | undefined> {
    const name = (await readdir(this.#faults)).find(
      (one) => one.startsWith('planned.') && one.endsWith('.hit'),
    );
    return name === undefined
      ? undefined
      : { file: join(this.#faults, name), pid: Number(name.split('.')[1]) };
  }

  #data(file: string): string {
    return join(this.#installation.home, 'data', file);
  }
}

function nameOf(release: ReleaseFolder): string {
  return release.root.slice(release.root.lastIndexOf('/') + 1);
}
