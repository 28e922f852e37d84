import { type LogConfig, logEnvironment } from '@culprit/event-log';
import { type FilesConfig, filesEnvironment } from '@culprit/files';
import { parseConfig } from '@culprit/runtime';
import { type LocalConfig, readConfig } from '../config.ts';

/** What backup and restore need to know beside the supervisor's own configuration. */
export interface BackupConfig extends LocalConfig {
  /** The log that the environment names; of a stack that runs, `run.json` has told it. */
  readonly log: LogConfig;
  readonly files: FilesConfig;
}

/** @throws ConfigError */
export function readBackupConfig(env: Readonly<Record<string, string | undefined>>): BackupConfig {
  return { ...readConfig(env), ...parseConfig(logEnvironment.and(filesEnvironment), env) };
}
