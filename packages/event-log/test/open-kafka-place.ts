import { type EventLog, openEventLog } from '../src/index.ts';

export interface KafkaPlace {
  readonly brokers: string;
  readonly topic: string;
  readonly partitions: number;
}

/** Opens the log of a contract test on Kafka; the child processes of the suite call it too. `config` is JSON. */
export function openPlace(config: string): Promise<EventLog> {
  const { brokers, topic, partitions } = JSON.parse(config) as KafkaPlace;
  return openEventLog({
    mode: 'kafka',
    brokers: brokers.split(','),
    topic,
    partitions,
    isSingle: !brokers.includes(','),
    sessionTimeoutMs: 2_000,
  });
}
