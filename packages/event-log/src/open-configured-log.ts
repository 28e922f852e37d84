import type { EventLog } from './event-log.ts';
import { openKafkaEventLog } from './kafka/kafka-event-log.ts';
import type { KafkaEventLogOptions } from './kafka/kafka-options.ts';
import { type LmdbEventLogOptions, openLmdbEventLog } from './lmdb/lmdb-event-log.ts';
import type { LogConfig } from './log-environment.ts';

/** What a service adds to the configured log; what the log of that kind has no use for is left out. */
export type LogParts = Pick<LmdbEventLogOptions, 'leases' | 'minimumFreeBytes'> &
  Pick<KafkaEventLogOptions, 'logger' | 'clientId' | 'opensWithoutBrokers' | 'deliveryTimeoutMs'>;

/** Opens the log that the configuration names, for a service that need not know of which kind it is. @throws as `openEventLog`. */
export function openConfiguredLog(config: LogConfig, parts: LogParts = {}): Promise<EventLog> {
  const { leases, minimumFreeBytes, ...ofKafka } = parts;
  if (config.mode === 'kafka') return openKafkaEventLog({ ...config, ...ofKafka });
  return openLmdbEventLog({
    ...config,
    ...(leases === undefined ? {} : { leases }),
    ...(minimumFreeBytes === undefined ? {} : { minimumFreeBytes }),
  });
}
