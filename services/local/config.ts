import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { FIRST_LOG_TOPIC } from '@culprit/event-log';
import { ConfigError, parseConfig } from '@culprit/runtime';
import { z } from 'zod';
import type { LogWish } from './log/settle-log.ts';

const port = z.coerce.number().int().min(0).max(65_535).optional();
const origin = z
  .url({ protocol: /^https?$/, error: 'expected an address like https://errors.example.com' })
  .refine((url) => ['', '/'].includes(new URL(url).pathname), 'must have no path')
  .transform((url) => new URL(url).origin)
  .optional();

const schema = z.object({
  CULPRIT_DATA: z.string().default('./data'),
  CULPRIT_HOST: z.string().default('127.0.0.1'),
  CULPRIT_PORT: port,
  CULPRIT_INGEST_PORT: port,
  CULPRIT_PUBLIC_URL: origin,
  CULPRIT_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  CULPRIT_LOG: z.enum(['lmdb', 'kafka']).optional(),
  CULPRIT_LOG_TOPIC: z.string().default(FIRST_LOG_TOPIC),
  CULPRIT_LOG_PARTITIONS: z.coerce.number().int().min(1).max(1024).optional(),
  CULPRIT_LOG_FIRST_OFFSET: z.coerce.number().int().min(0).optional(),
  KAFKA_BROKERS: z.string().optional(),
  CULPRIT_RELEASE: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  CLICKHOUSE_URL: z.string().optional(),
  CULPRIT_SELF_REPORT: z.enum(['on', 'off']).default('on'),
  CULPRIT_SELF_ENVIRONMENT: z.string().max(64).default('production'),
  NO_COLOR: z.string().optional(),
});

export interface LocalConfig {
  /** Absolute. */
  readonly dataFolder: string;
  /** As the person wrote it, for messages. */
  readonly dataFolderName: string;
  /** Where web and ingest listen. */
  readonly host: string;
  /** Undefined: the one of the first run, else the default, else a free one. 0: a free one. */
  readonly webPort: number | undefined;
  readonly ingestPort: number | undefined;
  /** Origin of the proxy in front of web and ingest. */
  readonly publicUrl: string | undefined;
  readonly logLevel: string;
  /** Which event log. */
  readonly logWish: LogWish;
  /** Folder of the release whose services are run; undefined: this code's own. */
  readonly release: string | undefined;
  /** Undefined: embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** Undefined: embedded ClickHouse. */
  readonly clickhouseUrl: string | undefined;
  /** What this installation is called where the services report their own errors; undefined: they do not. */
  readonly selfEnvironment: string | undefined;
  /** The person wants no colours, whatever the terminal can. */
  readonly noColour: boolean;
  /** What the services inherit. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @param args of the command line: `--kafka`. @throws ConfigError */
export function readConfig(
  env: Readonly<Record<string, string | undefined>> = process.env,
  args: readonly string[] = [],
): LocalConfig {
  const values = parseConfig(schema, env);
  if (
    values.CULPRIT_PORT !== undefined &&
    values.CULPRIT_PORT !== 0 &&
    values.CULPRIT_PORT === values.CULPRIT_INGEST_PORT
  ) {
    throw new ConfigError(
      `CULPRIT_PORT and CULPRIT_INGEST_PORT are both ${values.CULPRIT_PORT}: choose two.`,
    );
  }
  return {
    dataFolder: resolve(values.CULPRIT_DATA),
    dataFolderName: values.CULPRIT_DATA,
    host: values.CULPRIT_HOST,
    webPort: values.CULPRIT_PORT,
    ingestPort: values.CULPRIT_INGEST_PORT,
    publicUrl: values.CULPRIT_PUBLIC_URL,
    logLevel: values.CULPRIT_LOG_LEVEL,
    logWish: {
      place: logPlaceOf(values, args),
      partitions: values.CULPRIT_LOG_PARTITIONS,
      topic: values.CULPRIT_LOG_TOPIC,
      firstOffset: values.CULPRIT_LOG_FIRST_OFFSET,
    },
    release: values.CULPRIT_RELEASE,
    databaseUrl: values.DATABASE_URL,
    clickhouseUrl: values.CLICKHOUSE_URL,
    selfEnvironment: values.CULPRIT_SELF_REPORT === 'off' ? undefined : values.CULPRIT_SELF_ENVIRONMENT,
    noColour: values.NO_COLOR !== undefined,
    env,
  };
}

/** Origin of a port of ours, as other programs reach it. */
export function originOf(host: string, port: number): string {
  if (host === '0.0.0.0' || host === '::') return `http://${hostname()}:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function logPlaceOf(
  values: Pick<z.infer<typeof schema>, 'CULPRIT_LOG' | 'KAFKA_BROKERS'>,
  args: readonly string[],
): LogWish['place'] {
  const wantsKafka = parseKafkaFlag(args);
  if (wantsKafka && values.CULPRIT_LOG === 'lmdb') {
    throw new ConfigError('CULPRIT_LOG is lmdb, and --kafka asks for Kafka: choose one.');
  }
  if (!wantsKafka && values.CULPRIT_LOG !== 'kafka') return values.CULPRIT_LOG;
  return values.KAFKA_BROKERS === undefined ? 'embedded-kafka' : 'kafka';
}

function parseKafkaFlag(args: readonly string[]): boolean {
  try {
    return parseArgs({ args: [...args], options: { kafka: { type: 'boolean', default: false } } }).values
      .kafka;
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message}. Usage: npm start -- [--kafka]`, { cause });
  }
}
