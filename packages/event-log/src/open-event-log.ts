import type { EventLog } from './event-log.ts';
import { openKafkaEventLog } from './kafka/kafka-event-log.ts';
import type { KafkaEventLogOptions } from './kafka/kafka-options.ts';
import { type LmdbEventLogOptions, openLmdbEventLog } from './lmdb/lmdb-event-log.ts';

/** `mode` chooses the implementation. */
export type EventLogOptions =
  | ({ readonly mode: 'lmdb' } & LmdbEventLogOptions)
  | ({ readonly mode: 'kafka' } & KafkaEventLogOptions);

/** Opens the event log that the configuration names. @throws EventLogError `network_file_system`, `misconfigured`, `unavailable`. */
export function openEventLog(options: EventLogOptions): Promise<EventLog> {
  switch (options.mode) {
    case 'lmdb':
      return openLmdbEventLog(options);
    case 'kafka':
      return openKafkaEventLog(options);
  }
}
