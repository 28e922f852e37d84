import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type System, systemSchema } from '@culprit/api';
import { eventually, type TemporaryFolder, temporaryFolder } from '@culprit/testkit';
import { type RunningStack, startStack } from '../e2e/running-stack.ts';

const PATIENCE_MS = 60_000;

/** Everything that `npm start` runs, with a folder to put faults into. */
export class WatchedStack {
  readonly stack: RunningStack;
  readonly #faults: TemporaryFolder;

  private constructor(stack: RunningStack, faults: TemporaryFolder) {
    this.stack = stack;
    this.#faults = faults;
  }

  static async start(): Promise<WatchedStack> {
    const faults = await temporaryFolder();
    await mkdir(faults.path, { recursive: true });
    const stack = await startStack({ CULPRIT_FAULT_DIR: faults.path, CULPRIT_LOG_LEVEL: 'trace' });
    return new WatchedStack(stack, faults);
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.#faults.remove();
  }

  /** `planned.crashes`, for example. */
  async fault(name: string): Promise<void> {
    await writeFile(join(this.#faults.path, name), '');
  }

  async mend(name: string): Promise<void> {
    await rm(join(this.#faults.path, name), { force: true });
  }

  /** Sends bytes to ingest as an SDK would; resolves to the status. `dsn`: default that of the first run. */
  async send(body: string | Uint8Array, options: SendOptions = {}): Promise<number> {
    const { dsn = this.stack.facts.dsn, route = 'envelope', headers = {} } = options;
    const { origin, username, pathname } = new URL(dsn);
    const response = await fetch(`${origin}/api${pathname}/${route}/`, {
      method: 'POST',
      headers: { 'x-sentry-auth': `Sentry sentry_version=7, sentry_key=${username}`, ...headers },
      body: typeof body === 'string' ? body : Buffer.from(body),
    });
    await response.arrayBuffer();
    return response.status;
  }

  /** Asks the API with the token of the first run, or with another. */
  async ask(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
    const { url, token } = this.stack.facts;
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async system(): Promise<System> {
    return systemSchema.parse((await this.ask('/api/0/system/')).body);
  }

  /** Resolves to the sum of all ends once everything that arrived is processed. */
  processed(): Promise<number> {
    return eventually(
      'everything is processed',
      async () => {
        const { log } = await this.system();
        const waiting = log?.partitions.some(({ lag }) => lag > 0) ?? true;
        return waiting ? undefined : (log?.partitions.reduce((sum, { end }) => sum + end, 0) ?? 0);
      },
      { timeoutMs: PATIENCE_MS },
    );
  }

  /** Where Culprit's own errors go: a project of the organization like others. */
  async ownDsn(): Promise<string> {
    const { organization } = this.stack.facts;
    const { body } = await this.ask(`/api/0/projects/${organization}/culprit/keys/`);
    const [key] = body as { dsn: { public: string } }[];
    if (key === undefined) throw new Error("Culprit's own project has no key");
    return key.dsn.public;
  }

  /** Text of `/metrics` of a service. */
  async metrics(service: string): Promise<string> {
    const run = await this.stack.stack.run();
    const port = Number(run.processes[service]?.facts?.operationsPort);
    return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  }

  /** Resolves when the process of a service is another one than `pid`. */
  async restarted(service: string, pid: number | undefined): Promise<number> {
    return eventually(
      `${service} was started again`,
      async () => {
        const now = await this.stack.stack.pidOf(service);
        return now !== undefined && now !== pid ? now : undefined;
      },
      { timeoutMs: PATIENCE_MS },
    );
  }
}

interface SendOptions {
  readonly dsn?: string;
  readonly route?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An envelope with one event. */
export function eventEnvelope(event: Readonly<Record<string, unknown>>): string {
  const event_id = crypto.randomUUID().replaceAll('-', '');
  const payload = JSON.stringify({ event_id, platform: 'node', timestamp: Date.now() / 1000, ...event });
  return `${JSON.stringify({ event_id })}\n${JSON.stringify({ type: 'event', length: Buffer.byteLength(payload) })}\n${payload}\n`;
}
