import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { KafkaEventLogOptions } from './kafka/kafka-options.ts';
import type { LmdbEventLogOptions } from './lmdb/lmdb-event-log.ts';

/** Which log, and where: to be spread into the options of `openEventLog`. */
export type LogConfig =
  | ({ readonly mode: 'lmdb' } & Pick<LmdbEventLogOptions, 'folder' | 'topic' | 'partitions' | 'firstOffset'>)
  | ({ readonly mode: 'kafka' } & Pick<
      KafkaEventLogOptions,
      | 'topic'
      | 'partitions'
      | 'brokers'
      | 'ssl'
      | 'sasl'
      | 'isSingle'
      | 'firstOffset'
      | 'sessionTimeoutMs'
      | 'keepConsumed'
    >);

/** Of the first log; what comes after it is `events-2`, `events-3` … */
export const FIRST_LOG_TOPIC = 'events';

const flag = z.enum(['0', '1']).default('0');

const variables = z.object({
  CULPRIT_DATA: z.string().default('./data'),
  CULPRIT_LOG: z.enum(['lmdb', 'kafka']).default('lmdb'),
  CULPRIT_LOG_TOPIC: z.string().default(FIRST_LOG_TOPIC),
  CULPRIT_LOG_PARTITIONS: z.coerce.number().int().min(1).max(1024).default(4),
  CULPRIT_LOG_FIRST_OFFSET: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  CULPRIT_KAFKA_SINGLE: flag,
  KAFKA_BROKERS: z.string().default(''),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{0,100}$/, 'expected letters, digits and . _ -')
    .default('culprit-'),
  KAFKA_SESSION_TIMEOUT_MS: z.coerce.number().int().min(1_000).max(600_000).default(15_000),
  KAFKA_KEEP_CONSUMED_MINUTES: z.coerce.number().int().min(1).max(10_080).optional(),
  KAFKA_KEEP_CONSUMED_MIB: z.coerce.number().int().min(1).max(1_048_576).default(4_096),
  KAFKA_SSL: flag,
  KAFKA_SSL_CA_FILE: z.string().optional(),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
});
type Variables = z.infer<typeof variables>;

export interface LogEnvironment {
  readonly log: LogConfig;
  /** The topic as it is configured; on Kafka its name has a prefix. */
  readonly logTopic: string;
}

/**
 * The variables that name the event log, the same for each service: `z.object({ … }).and(logEnvironment)` gives its configuration a `log` and its `logTopic`.
 *
 * Kafka's topic is `KAFKA_TOPIC_PREFIX` before `CULPRIT_LOG_TOPIC`, so that it never shares its name, and with it its positions, with an embedded log.
 */
export const logEnvironment = variables.transform((values, context): LogEnvironment => {
  const refuse = (name: keyof Variables, message: string): never => {
    context.addIssue({ code: 'custom', path: [name], message });
    return z.NEVER;
  };
  const { CULPRIT_LOG_PARTITIONS: partitions, CULPRIT_LOG_TOPIC: logTopic } = values;
  if (values.CULPRIT_LOG === 'lmdb') {
    const folder = join(values.CULPRIT_DATA, 'log');
    const firstOffset = values.CULPRIT_LOG_FIRST_OFFSET;
    const log = { mode: 'lmdb', folder, topic: logTopic, partitions } as const;
    return { log: firstOffset === 0 ? log : { ...log, firstOffset }, logTopic };
  }
  const ssl = sslOf(values, refuse);
  const sasl = saslOf(values, refuse);
  const minutes = values.KAFKA_KEEP_CONSUMED_MINUTES;
  const keepConsumed = {
    milliseconds: (minutes ?? 0) * 60_000,
    bytes: values.KAFKA_KEEP_CONSUMED_MIB * 2 ** 20,
  };
  return {
    logTopic,
    log: {
      mode: 'kafka',
      topic: `${values.KAFKA_TOPIC_PREFIX}${logTopic}`,
      partitions,
      firstOffset: values.CULPRIT_LOG_FIRST_OFFSET,
      sessionTimeoutMs: values.KAFKA_SESSION_TIMEOUT_MS,
      brokers: brokersOf(values, refuse),
      isSingle: values.CULPRIT_KAFKA_SINGLE === '1',
      ...(minutes === undefined ? {} : { keepConsumed }),
      ...(ssl === undefined ? {} : { ssl }),
      ...(sasl === undefined ? {} : { sasl }),
    },
  };
});

type Refuse = (name: keyof Variables, message: string) => never;
type Kafka = Extract<LogConfig, { mode: 'kafka' }>;

function brokersOf({ KAFKA_BROKERS }: Variables, refuse: Refuse): readonly string[] {
  const brokers = KAFKA_BROKERS.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (brokers.length === 0 || !brokers.every((broker) => /^[^\s/]+:\d{1,5}$/.test(broker))) {
    return refuse('KAFKA_BROKERS', 'expected host:port, comma-separated, because CULPRIT_LOG is kafka');
  }
  return brokers;
}

function sslOf(values: Variables, refuse: Refuse): Kafka['ssl'] {
  const file = values.KAFKA_SSL_CA_FILE;
  if (values.KAFKA_SSL !== '1') {
    return file === undefined ? undefined : refuse('KAFKA_SSL_CA_FILE', 'is of no use without KAFKA_SSL=1');
  }
  if (file === undefined) return true;
  try {
    return { ca: [readFileSync(file, 'utf8')] };
  } catch (error) {
    return refuse('KAFKA_SSL_CA_FILE', `cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function saslOf(values: Variables, refuse: Refuse): Kafka['sasl'] {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username } = values;
  const password = values.KAFKA_SASL_PASSWORD;
  if (mechanism === undefined) {
    return username === undefined && password === undefined
      ? undefined
      : refuse('KAFKA_SASL_MECHANISM', 'expected, because there is a username or password');
  }
  if (username === undefined) return refuse('KAFKA_SASL_USERNAME', 'expected with a mechanism');
  if (password === undefined) return refuse('KAFKA_SASL_PASSWORD', 'expected with a mechanism');
  return { mechanism, username, password };
}
