import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandError } from './command-error.js';

/**
 * Environment with the stores to work on: those that are named, else those of the stack that runs on the data folder.
 * @param {NodeJS.ProcessEnv} env
 */
export function storesOfRunningStack(env) {
  if (env.DATABASE_URL && env.CLICKHOUSE_URL) return {};
  const folder = resolve(env.CULPRIT_DATA || 'data');
  let running;
  try {
    running = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  } catch {
    throw new CommandError(
      `nothing runs on ${folder}. Start it with npm start, or set DATABASE_URL and CLICKHOUSE_URL.`,
    );
  }
  return {
    ...running.log,
    CULPRIT_DATA: folder,
    DATABASE_URL: env.DATABASE_URL || running.databaseUrl,
    CLICKHOUSE_URL: env.CLICKHOUSE_URL || running.clickhouseUrl,
  };
}
