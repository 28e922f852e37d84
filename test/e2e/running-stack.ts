import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@culprit/testkit';
import { LocalStack } from '../chaos/local-stack.ts';
import { CulpritApi } from './culprit-api.ts';

/** What `npm start` prints and keeps in `first-run.json`. */
export interface StackFacts {
  readonly url: string;
  readonly dsn: string;
  readonly organization: string;
  readonly project: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

export interface RunningStack {
  readonly facts: StackFacts;
  readonly api: CulpritApi;
  readonly stack: LocalStack;
  stop(): Promise<void>;
}

/** Everything that `npm start` runs, on a folder and ports of its own. */
export async function startStack(env: Readonly<Record<string, string>> = {}): Promise<RunningStack> {
  const folder = await temporaryFolder();
  // Started as root, PostgreSQL runs as somebody else and must pass through.
  await chmod(folder.path, 0o711);
  const stack = new LocalStack(join(folder.path, 'data'), {
    CULPRIT_PORT: '0',
    CULPRIT_INGEST_PORT: '0',
    ...env,
  });
  const stop = async (): Promise<void> => {
    await stack.stop();
    await folder.remove();
  };
  await stack.start().catch(async (error) => {
    await stop();
    throw error;
  });
  const facts = JSON.parse(await readFile(join(stack.folder, 'first-run.json'), 'utf8')) as StackFacts;
  return {
    facts,
    api: new CulpritApi(facts),
    stack,
    stop,
  };
}
