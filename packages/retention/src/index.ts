export { CLICKHOUSE_TABLES, type ClickHouseTable, type KeyColumn } from './clickhouse-tables.ts';
export {
  cutoffOf,
  endOfMonth,
  monthsToDrop,
  type ProjectLife,
  retentionDaysOf,
} from './cutoffs.ts';
export { FILE_KINDS, type FileKind } from './file-kinds.ts';
export { type InBackup, type OfProject, POSTGRES_TABLES, type PostgresTable } from './postgres-tables.ts';
