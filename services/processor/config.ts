import { hostname } from 'node:os';
import { type LogConfig, logEnvironment } from '@culprit/event-log';
import { type FilesConfig, filesEnvironment } from '@culprit/files';
import { parseConfig } from '@culprit/runtime';
import { z } from 'zod';

const variables = z.object({
  DATABASE_URL: z.string(),
  CLICKHOUSE_URL: z.string(),
  CULPRIT_LOG_LINGER_MS: z.coerce.number().int().min(0).max(10_000).default(200),
  CULPRIT_HOST: z.string().default('127.0.0.1'),
  CULPRIT_RETENTION_DAYS: z.coerce.number().int().min(0).max(36_500).default(90),
  CULPRIT_GEOIP: z.string().optional(),
  CULPRIT_DELETE_EVERY_MINUTES: z.coerce.number().min(0).max(10_080).default(60),
  CULPRIT_OPERATIONS_HOST: z.string().default('127.0.0.1'),
  CULPRIT_OPERATIONS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
});

export interface ProcessorConfig {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  readonly log: LogConfig;
  /** The topic as it is configured; on Kafka its name has a prefix. */
  readonly logTopic: string;
  /** Milliseconds that a partition waits for a batch to fill: fewer, larger parts in ClickHouse against delay. */
  readonly lingerMs: number;
  readonly files: FilesConfig;
  /** Days that a project keeps its events where it does not say itself; 0: for ever. */
  readonly retentionDays: number;
  /** Path of a database of places in MaxMind's format. Absent: users get no place. */
  readonly geoFile: string | undefined;
  /** Milliseconds for which deletes are collected. */
  readonly deletionsEveryMs: number;
  /** Where metrics and health are served: loopback, or a private network. */
  readonly operationsHost: string;
  readonly operationsPort: number;
  readonly machine: string;
}

/** The processor's configuration. @throws ConfigError naming what does not fit. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): ProcessorConfig {
  const parsed = parseConfig(variables.and(logEnvironment).and(filesEnvironment), env);
  return {
    databaseUrl: parsed.DATABASE_URL,
    clickhouseUrl: parsed.CLICKHOUSE_URL,
    log: parsed.log,
    logTopic: parsed.logTopic,
    lingerMs: parsed.CULPRIT_LOG_LINGER_MS,
    files: parsed.files,
    retentionDays: parsed.CULPRIT_RETENTION_DAYS,
    geoFile: parsed.CULPRIT_GEOIP || undefined,
    deletionsEveryMs: parsed.CULPRIT_DELETE_EVERY_MINUTES * 60_000,
    operationsHost: parsed.CULPRIT_OPERATIONS_HOST,
    operationsPort: parsed.CULPRIT_OPERATIONS_PORT,
    machine: hostname(),
  };
}
