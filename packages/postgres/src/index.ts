export { CODE_VERSION } from './code-version.ts';
export { type CopySession, withCopySession } from './copy.ts';
export {
  createDatabase,
  type Database,
  type DatabaseOptions,
  type Queryable,
  type Transaction,
} from './database.ts';
export { isTransient, isUniqueViolation, PostgresError, type PostgresErrorCode } from './errors.ts';
export { type Heartbeat, type HeartbeatOptions, startHeartbeat } from './heartbeat.ts';
export { PostgresLeases } from './leases.ts';
export { withMaintenanceLock } from './maintenance-lock.ts';
export {
  checkSchema,
  createBookkeeping,
  forgetMigrations,
  type MigratePostgresOptions,
  type MigrationFile,
  migratePostgres,
  pendingOf,
  readMigrations,
  recordMigration,
  withMigrationLock,
} from './migrate.ts';
export { type Complaint, lintClickHouseMigration, lintPostgresMigration } from './migration-lint.ts';
export { emptySql, identifier, joinSql, json, type Sql, type SqlParameter, sql } from './sql.ts';
