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
export { type LmdbEventLogOptions, openLmdbEventLog } from './lmdb/lmdb-event-log.ts';
export { type EventLogOptions, openEventLog } from './open-event-log.ts';
