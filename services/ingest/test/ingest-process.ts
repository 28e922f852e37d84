import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { writeSnapshotFile } from '../snapshot/snapshot-file.ts';
import { KEY, SNAPSHOT } from './harness.ts';

export interface IngestProcess {
  readonly port: number;
  readonly operationsPort: number;
  readonly child: ChildProcess;
  readonly url: string;
  /** Replaces every worker; resolves when it is done. */
  roll(): Promise<void>;
  stop(): Promise<void>;
}

/** Nothing listens there: Postgres is away. */
export const NO_POSTGRES = 'postgres://nobody:nothing@127.0.0.1:1/none';

/** Starts the service as the supervisor would, with its workers. */
export async function startIngest(options: {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<IngestProcess> {
  const child = fork(fileURLToPath(new URL('../main.ts', import.meta.url)), [], {
    env: {
      ...process.env,
      DATABASE_URL: options.databaseUrl,
      CULPRIT_DATA: options.folder,
      CULPRIT_INGEST_PORT: '0',
      CULPRIT_OPERATIONS_PORT: '0',
      CULPRIT_INGEST_MIN_FREE_BYTES: '0',
      CULPRIT_LOG_LEVEL: 'error',
      ...options.env,
    },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { port, operationsPort } = await message<{ port: number; operationsPort: number }>(child, 'ready');
  return {
    port,
    operationsPort,
    child,
    url: `http://127.0.0.1:${port}`,
    roll: async () => {
      const rolled = message(child, 'rolled');
      child.send({ kind: 'roll' });
      await rolled;
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Keys that are good without Postgres. */
export async function leaveSnapshot(folder: string): Promise<void> {
  await writeSnapshotFile(`${folder}/ingest/snapshot.json`, { ...SNAPSHOT, taken_at: Date.now() });
}

export const ENVELOPE_PATH = `/api/42/envelope/?sentry_version=7&sentry_key=${KEY}`;

function message<T>(child: ChildProcess, kind: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error(`ingest ended before it said ${kind}`));
    const onMessage = (said: unknown): void => {
      if (typeof said !== 'object' || said === null || !('kind' in said) || said.kind !== kind) return;
      child.off('message', onMessage).off('exit', onExit);
      resolve(said as T);
    };
    child.on('message', onMessage).once('exit', onExit);
  });
}
