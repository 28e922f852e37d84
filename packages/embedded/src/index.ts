export { type EmbeddedClickHouseOptions, startEmbeddedClickHouse } from './clickhouse/start.ts';
export type { EmbeddedStore, Exit } from './embedded-store.ts';
export { EmbeddedStoreError } from './errors.ts';
export { type KafkaAvailability, kafkaAvailable } from './kafka/available.ts';
export type { EmbeddedBroker } from './kafka/broker.ts';
export { type EmbeddedKafka, type EmbeddedKafkaOptions, startEmbeddedKafka } from './kafka/start.ts';
export { makeLibraryLinks } from './postgres/binaries.ts';
export { type EmbeddedPostgresOptions, startEmbeddedPostgres } from './postgres/start.ts';
