import { spawn } from 'node:child_process';
import { join } from 'node:path';

const SHOP = join(import.meta.dirname, 'shop');

/** Runs the shop in a process of its own, with the SDK loaded the way its documentation says. */
export async function runShop(options: { readonly dsn: string; readonly release: string }): Promise<void> {
  const child = spawn(process.execPath, ['--import', join(SHOP, 'instrument.ts'), join(SHOP, 'main.ts')], {
    env: {
      PATH: process.env.PATH,
      SENTRY_DSN: options.dsn,
      SENTRY_RELEASE: options.release,
      SENTRY_ENVIRONMENT: 'production',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
  if (code !== 0) throw new Error(`the shop ended with code ${code}`);
}
