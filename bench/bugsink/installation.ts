import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { waitFor } from '../../test/chaos/local-stack.ts';

const run = promisify(execFile);

export const BUGSINK_VERSION = '2.6.1';

/** What the guide for a single server starts, without nginx and TLS; the control socket would lie in the home folder of whoever runs the bench. */
const GUNICORN = [
  '--workers=2',
  '--timeout=6',
  '--access-logfile=-',
  '--max-requests=1000',
  '--max-requests-jitter=100',
  '--no-control-socket',
];

/** A limit that no run of this bench reaches. */
const ENOUGH = 100_000_000;

/** Each line that differs from `bugsink-create-conf --template=singleserver`, with its reason. */
const CHANGED_SETTINGS: readonly (readonly [line: string, reason: string])[] = [
  ['SECURE_PROXY_SSL_HEADER = None', 'no reverse proxy here: the template says to remove it then'],
  ['USE_X_REAL_IP = False', 'no reverse proxy here: the template says to remove it then'],
  ...['5_MINUTES', 'HOUR', 'MONTH'].flatMap((period) =>
    ['MAX_EVENTS_PER', 'MAX_EVENTS_PER_PROJECT_PER'].map(
      (name) => [`BUGSINK["${name}_${period}"] = ${ENOUGH}`, 'nothing is to be dropped by a quota'] as const,
    ),
  ),
  ['BUGSINK["PHONEHOME"] = False', 'a bench tells nobody'],
];

/** Where the machine cannot have Bugsink; the message is one line for people. */
export class BugsinkUnavailable extends Error {}

export interface BugsinkFacts {
  readonly version: string;
  readonly python: string;
  readonly sqlite: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly started: readonly string[];
  readonly changedSettings: readonly string[];
}

/** Bugsink in a virtual environment of its own, all of it below one folder: sqlite, gunicorn, snappea. */
export class BugsinkInstallation {
  readonly #folder: string;
  readonly #signal: AbortSignal;
  readonly #children = new Map<string, ChildProcess>();
  #port = 0;
  #events: DatabaseSync | undefined;

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** Creates the environment and installs the pinned version. Throws BugsinkUnavailable without Python 3.10, venv or PyPI. */
  async install(): Promise<void> {
    // Bugsink refuses folders that others may write to.
    await mkdir(this.#folder, { mode: 0o700 });
    await this.#prepare('python3 is missing or older than 3.10', 'python3', [
      '-c',
      'import sys; sys.exit(sys.version_info < (3, 10))',
    ]);
    await this.#prepare('python3 has no venv module', 'python3', ['-m', 'venv', join(this.#folder, 'venv')]);
    await this.#prepare('pip cannot install it (is PyPI reachable?)', this.#program('pip'), [
      ...['install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries=1'],
      `bugsink==${BUGSINK_VERSION}`,
    ]);
  }

  /** Configuration, databases, superuser, project. Resolves to the DSN. */
  async configure(): Promise<string> {
    this.#port = await freePort();
    await this.#python('bugsink-create-conf', [
      ...['--template=singleserver', '--host=127.0.0.1', `--base-dir=${this.#folder}`],
    ]);
    const base = `http://127.0.0.1:${this.#port}`;
    const lines = [`BUGSINK["BASE_URL"] = "${base}"`, ...CHANGED_SETTINGS.map(([line]) => line)];
    await appendFile(join(this.#folder, 'bugsink_conf.py'), `\n${lines.join('\n')}\n`);
    await this.#python('bugsink-manage', ['migrate']);
    await this.#python('bugsink-manage', ['migrate', 'snappea', '--database=snappea']);
    await this.#python('bugsink-manage', ['createsuperuser', '--noinput', '--username=bench@example.com'], {
      DJANGO_SUPERUSER_PASSWORD: crypto.randomUUID(),
      DJANGO_SUPERUSER_EMAIL: 'bench@example.com',
    });
    const output = await this.#python('bugsink-manage', ['shell', '--no-imports', '-c', CREATE_PROJECT]);
    const dsn = output.split('\n').find((line) => line.startsWith('http'));
    if (dsn === undefined) throw new Error(`Bugsink gave no DSN: ${output}`);
    return dsn.trim();
  }

  /** Starts gunicorn and snappea; resolves when the web server answers. */
  async start(): Promise<void> {
    this.#spawn('gunicorn', [`--bind=127.0.0.1:${this.#port}`, ...GUNICORN, 'bugsink.wsgi']);
    this.#spawn('bugsink-runsnappea', []);
    await waitFor(
      'an answer of Bugsink',
      async () => {
        this.#signal.throwIfAborted();
        const answer = await fetch(`http://127.0.0.1:${this.#port}/health/ready`, { redirect: 'manual' });
        return answer.status < 500 || undefined;
      },
      30_000,
    );
    this.#events = new DatabaseSync(join(this.#folder, 'db.sqlite3'), { readOnly: true, timeout: 5_000 });
  }

  /** Process ids by part; each stands for all that it has started. */
  get processes(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#children].map(([name, { pid }]) => [name, pid ?? 0]));
  }

  /** Events that are digested: rows that its pages can show. */
  countEvents(): number {
    const row = this.#events?.prepare('select count(*) as n from events_event').get();
    return Number(row?.n ?? 0);
  }

  async facts(): Promise<BugsinkFacts> {
    const frozen = await this.#python('pip', ['freeze', '--disable-pip-version-check']);
    const packages = Object.fromEntries(
      frozen.split('\n').flatMap((line) => {
        const [name, version] = line.split('==');
        return name === undefined || version === undefined ? [] : [[name.toLowerCase(), version.trim()]];
      }),
    );
    const versions = await this.#python('python', [
      '-c',
      'import platform, sqlite3; print(platform.python_version(), sqlite3.sqlite_version)',
    ]);
    const [python = '', sqlite = ''] = versions.trim().split(' ');
    return {
      version: packages.bugsink ?? BUGSINK_VERSION,
      python,
      sqlite,
      packages,
      started: [`gunicorn ${GUNICORN.join(' ')} bugsink.wsgi`, 'bugsink-runsnappea'],
      changedSettings: [
        'BUGSINK["BASE_URL"] = the address of the bench (no TLS, no proxy)',
        ...CHANGED_SETTINGS.map(([line, reason]) => `${line} (${reason})`),
        `retention_max_event_count of the project = ${ENOUGH} (default 10,000: nothing is to be evicted)`,
      ],
    };
  }

  /** The end of what gunicorn and snappea have printed, for a failure. */
  async logTail(): Promise<string> {
    const logs = await Promise.all(
      [...this.#children.keys()].map(async (name) => {
        const text = await readFile(this.#logOf(name), 'utf8').catch(() => '');
        return `--- ${name}\n${text.slice(-2_000)}`;
      }),
    );
    return logs.join('\n');
  }

  /** Stops both with everything they have started; after 5 s by force. */
  async stop(): Promise<void> {
    this.#events?.close();
    this.#events = undefined;
    await Promise.all([...this.#children.values()].map(stopGroup));
    this.#children.clear();
  }

  #spawn(program: string, args: readonly string[]): void {
    const log = openSync(this.#logOf(program), 'a');
    // A process group of its own, so that its workers can be stopped with it.
    const child = spawn(this.#program(program), args, {
      cwd: this.#folder,
      env: this.#environment(),
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#children.set(program, child);
  }

  async #prepare(missing: string, program: string, args: readonly string[]): Promise<void> {
    try {
      await run(program, args, { signal: this.#signal, timeout: 300_000 });
    } catch (cause) {
      if (this.#signal.aborted) throw cause;
      const printed = String((cause as { stderr?: unknown }).stderr ?? '').trim();
      const last = printed.split('\n').at(-1);
      throw new BugsinkUnavailable(last === undefined || last === '' ? missing : `${missing}: ${last}`, {
        cause,
      });
    }
  }

  async #python(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { stdout } = await run(this.#program(program), args, {
      cwd: this.#folder,
      env: { ...this.#environment(), ...env },
      signal: this.#signal,
      timeout: 120_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }

  #environment(): NodeJS.ProcessEnv {
    return { ...process.env, PYTHONUNBUFFERED: '1', DJANGO_SETTINGS_MODULE: 'bugsink_conf' };
  }

  #program(name: string): string {
    return join(this.#folder, 'venv', 'bin', name);
  }

  #logOf(program: string): string {
    return join(this.#folder, `${program}.log`);
  }
}

const CREATE_PROJECT = `
from teams.models import Team
from projects.models import Project
team = Team.objects.create(name="bench")
project = Project.objects.create(team=team, name="bench", retention_max_event_count=${ENOUGH})
print(project.dsn)
`;

/** Signals a process group and waits for its leader; by force after 5 s, and once more for what the leader has left behind. */
async function stopGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const signalGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // the group is gone
    }
  };
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    signalGroup('SIGTERM');
    const force = setTimeout(() => signalGroup('SIGKILL'), 5_000);
    await exited;
    clearTimeout(force);
  }
  signalGroup('SIGKILL');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
