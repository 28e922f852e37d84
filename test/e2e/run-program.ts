import { spawn } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'programs', 'orders');

/** Source of the program that fails, by file name. */
export function programFile(name: string): string {
  return join(PROGRAM, name);
}

/** Runs the orders program in a process of its own with the unmodified SDK. Resolves to its exit code when the SDK has sent everything. */
export async function runOrders(
  options: { readonly dsn: string; readonly release: string; readonly environment: string },
  ...args: readonly string[]
): Promise<number | null> {
  const child = spawn(
    process.execPath,
    ['--import', programFile('instrument.mjs'), programFile('main.mjs'), ...args],
    {
      env: {
        PATH: process.env.PATH,
        SENTRY_DSN: options.dsn,
        SENTRY_RELEASE: options.release,
        SENTRY_ENVIRONMENT: options.environment,
      },
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
}
