import { parseConfig } from '@culprit/runtime';
import { z } from 'zod';
import { type LocalConfig, readConfig } from '../config.ts';

const schema = z.object({
  CULPRIT_LOG: z.string().default('lmdb'),
  CULPRIT_LOG_TOPIC: z.string().default('events'),
  CULPRIT_LOG_PARTITIONS: z.coerce.number().int().min(1).max(256).default(4),
});

/** What backup and restore need to know beside the supervisor's own configuration. */
export interface BackupConfig extends LocalConfig {
  /** Whether the log is the embedded one, which lies in the data folder. */
  readonly isLogEmbedded: boolean;
  readonly topic: string;
  readonly partitions: number;
}

/** @throws ConfigError */
export function readBackupConfig(env: Readonly<Record<string, string | undefined>>): BackupConfig {
  const values = parseConfig(schema, env);
  return {
    ...readConfig(env),
    isLogEmbedded: values.CULPRIT_LOG === 'lmdb',
    topic: values.CULPRIT_LOG_TOPIC,
    partitions: values.CULPRIT_LOG_PARTITIONS,
  };
}
