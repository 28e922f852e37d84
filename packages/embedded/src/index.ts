export { type EmbeddedClickHouseOptions, startEmbeddedClickHouse } from './clickhouse/start.ts';
export type { EmbeddedStore, Exit } from './embedded-store.ts';
export { EmbeddedStoreError } from './errors.ts';
export { type EmbeddedPostgresOptions, startEmbeddedPostgres } from './postgres/start.ts';
