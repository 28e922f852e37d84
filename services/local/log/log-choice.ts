import { z } from 'zod';

/** Where the event log is: in the data folder, in a Kafka that we start, or in a Kafka that somebody else runs. */
export const logPlaceSchema = z.enum(['lmdb', 'embedded-kafka', 'kafka']);
export type LogPlace = z.infer<typeof logPlaceSchema>;

export const logChoiceSchema = z.object({
  format: z.literal(1),
  place: logPlaceSchema,
  topic: z.string(),
  partitions: z.number().int().min(1),
  /** Offsets of this log begin here: each row that is stored names its offset, so no two logs of a folder may give the same. */
  firstOffset: z.number().int().min(0),
});
/** `log.json`: the log that the folder's events go to. */
export type LogChoice = z.infer<typeof logChoiceSchema>;

/** The log before anything was chosen, and of folders that are older than the choice. */
export function firstLog(place: LogPlace, topic: string, partitions: number): LogChoice {
  return { format: 1, place, topic, partitions, firstOffset: 0 };
}

/** The log that comes after another: a topic of its own, so that it shares neither positions nor leases with it. */
export function nextLog(
  before: LogChoice,
  place: LogPlace,
  partitions: number,
  firstOffset: number,
): LogChoice {
  const [, stem = before.topic, number = '1'] = /^(.*?)-(\d{1,6})$/.exec(before.topic) ?? [];
  return { format: 1, place, topic: `${stem}-${Number(number) + 1}`, partitions, firstOffset };
}

const EMBEDDED_TOPIC_PREFIX = 'culprit-';

/**
 * The variables by which a service finds this log.
 *
 * @param env of the person; what it says of a Kafka of theirs is passed on, but for the password, which services inherit.
 * @param kafkaPort of the embedded Kafka.
 */
export function variablesOf(
  choice: LogChoice,
  env: Readonly<Record<string, string | undefined>>,
  kafkaPort: number,
): Readonly<Record<string, string>> {
  const common = {
    CULPRIT_LOG: choice.place === 'lmdb' ? 'lmdb' : 'kafka',
    CULPRIT_LOG_TOPIC: choice.topic,
    CULPRIT_LOG_PARTITIONS: String(choice.partitions),
    CULPRIT_LOG_FIRST_OFFSET: String(choice.firstOffset),
  };
  if (choice.place === 'lmdb') return common;
  if (choice.place === 'kafka') {
    const { KAFKA_BROKERS = '', CULPRIT_KAFKA_SINGLE = '0' } = env;
    return { ...common, KAFKA_BROKERS, CULPRIT_KAFKA_SINGLE };
  }
  return {
    ...common,
    KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
    KAFKA_TOPIC_PREFIX: EMBEDDED_TOPIC_PREFIX,
    CULPRIT_KAFKA_SINGLE: '1',
    // As the embedded log; nobody sets this Kafka's retention.
    KAFKA_KEEP_CONSUMED_MINUTES: '60',
    KAFKA_KEEP_CONSUMED_MIB: '4096',
    // Those are of another Kafka, if they are set; empty is absent.
    KAFKA_SSL: '',
    KAFKA_SSL_CA_FILE: '',
    KAFKA_SASL_MECHANISM: '',
    KAFKA_SASL_USERNAME: '',
    KAFKA_SASL_PASSWORD: '',
  };
}
