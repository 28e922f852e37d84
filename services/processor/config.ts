import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@culprit/runtime';
import { z } from 'zod';

const schema = z.object({
  DATABASE_URL: z.string(),
  CLICKHOUSE_URL: z.string(),
  CULPRIT_DATA: z.string().default('./data'),
  CULPRIT_LOG: z.enum(['lmdb']).default('lmdb'),
  CULPRIT_LOG_TOPIC: z.string().default('events'),
  CULPRIT_LOG_PARTITIONS: z.coerce.number().int().min(1).max(256).default(4),
  CULPRIT_LOG_LINGER_MS: z.coerce.number().int().min(0).max(10_000).default(200),
  CULPRIT_HOST: z.string().default('127.0.0.1'),
  CULPRIT_OPERATIONS_PORT: z.coerce.number().int().min(0).max(65_535).default(0),
});

export interface ProcessorConfig {
  readonly databaseUrl: string;
  readonly clickhouseUrl: string;
  readonly logMode: 'lmdb';
  readonly logFolder: string;
  readonly topic: string;
  readonly partitions: number;
  /** Milliseconds that a partition waits for a batch to fill: fewer, larger parts in ClickHouse against delay. */
  readonly lingerMs: number;
  readonly filesFolder: string;
  readonly operationsPort: number;
  readonly machine: string;
}

/** The processor's configuration. @throws ConfigError naming what does not fit. */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): ProcessorConfig {
  const parsed = parseConfig(schema, env);
  return {
    databaseUrl: parsed.DATABASE_URL,
    clickhouseUrl: parsed.CLICKHOUSE_URL,
    logMode: parsed.CULPRIT_LOG,
    logFolder: join(parsed.CULPRIT_DATA, 'log'),
    topic: parsed.CULPRIT_LOG_TOPIC,
    partitions: parsed.CULPRIT_LOG_PARTITIONS,
    lingerMs: parsed.CULPRIT_LOG_LINGER_MS,
    filesFolder: join(parsed.CULPRIT_DATA, 'files'),
    operationsPort: parsed.CULPRIT_OPERATIONS_PORT,
    machine: hostname(),
  };
}
