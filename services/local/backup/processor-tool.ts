import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inRoot } from '../repository.ts';
import type { OfflineStores } from './offline-stores.ts';

/** Runs one of the processor's tools on the stores and shows what it says. Resolves to its exit code. */
export async function runProcessorTool(
  script: string,
  args: readonly string[],
  stores: OfflineStores,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const child = spawn(process.execPath, [inRoot('services', 'processor', script), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...env,
      CULPRIT_DATA: stores.data.path,
      DATABASE_URL: stores.databaseUrl,
      CLICKHOUSE_URL: stores.clickhouseUrl,
    },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
