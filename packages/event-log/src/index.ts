export {
  type ConsumeOptions,
  type EventLog,
  EventLogError,
  type EventLogErrorCode,
  type NewRecord,
  type PartitionHandler,
  type PartitionLag,
  type PartitionLeases,
  partitionOf,
  type ReadLimits,
  type StoredRecord,
} from './event-log.ts';
export { closeTopic, reopenTopic } from './kafka/closed-topic.ts';
export { openKafkaEventLog } from './kafka/kafka-event-log.ts';
export type { KafkaConnection, KafkaEventLogOptions } from './kafka/kafka-options.ts';
export { beginLmdbTopic } from './lmdb/begin-topic.ts';
export { type LmdbEventLogOptions, openLmdbEventLog } from './lmdb/lmdb-event-log.ts';
export { FIRST_LOG_TOPIC, type LogConfig, type LogEnvironment, logEnvironment } from './log-environment.ts';
export { type LogParts, openConfiguredLog } from './open-configured-log.ts';
export { type EventLogOptions, openEventLog } from './open-event-log.ts';
export type { RefusedRecord } from './spool/forwarder.ts';
export { readSpool } from './spool/read-spool.ts';
export {
  type SpooledEventLog,
  type SpoolFigures,
  type SpoolOptions,
  withSpool,
} from './spool/spooled-event-log.ts';
