import { type LogConfig, logEnvironment } from '@culprit/event-log';
import { type FilesConfig, filesEnvironment } from '@culprit/files';
import { parseConfig } from '@culprit/runtime';
import { type LocalConfig, readConfig } from '../config.ts';

/** What a restore needs to know beside the supervisor's own configuration. */
export interface RestoreConfig extends LocalConfig {
  readonly files: FilesConfig;
}

export interface BackupConfig extends RestoreConfig {
  /** The log that the environment names; of a stack that runs, `run.json` has told it. */
  readonly log: LogConfig;
}

/** @throws ConfigError */
export function readBackupConfig(env: Readonly<Record<string, string | undefined>>): BackupConfig {
  const { log, files } = parseConfig(logEnvironment.and(filesEnvironment), env);
  return { ...readConfig(env), log, files };
}

/** @param args of the command line: `--kafka`. @throws ConfigError */
export function readRestoreConfig(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): RestoreConfig {
  return { ...readConfig(env, args), ...parseConfig(filesEnvironment, env) };
}
