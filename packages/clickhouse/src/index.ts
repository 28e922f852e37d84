export { type BulkClient, createBulkClient } from './bulk-client.ts';
export {
  type ClickHouse,
  type ClickHouseOptions,
  createClickHouse,
} from './clickhouse.ts';
export type { QueryOptions } from './connection.ts';
export { ClickHouseError, type ClickHouseErrorCode, isMemoryLimit, isTransient } from './errors.ts';
export {
  type ClusterSubstitutions,
  clickhouseStatements,
  type MigrateClickHouseOptions,
  migrateClickHouse,
} from './migrate.ts';
export {
  count,
  defineQuery,
  type QueryDefinition,
  type QuerySettings,
  registeredQueries,
  sampleParams,
  time,
  uint64,
} from './query.ts';
export { RowBinaryWriter } from './row-binary-writer.ts';
export {
  type Block,
  type BlockAlarm,
  type BlockTransport,
  type ReadBack,
  type StoreResult,
  storeBlock,
  tokenOf,
} from './store-block.ts';
