export { aFrame, aLogRecord, aLogRecordValue, anEvent, anEventId, anException, NOON } from './events.ts';
export { eventually } from './eventually.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export { migrationsFolder } from './migrations-folder.ts';
export { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';
export { type TestBucket, testBucket } from './test-bucket.ts';
export { type TestClickHouse, testClickHouse } from './test-clickhouse.ts';
export { type TestDatabase, testDatabase } from './test-database.ts';
export { skipsForLackOfKafka, type TestKafka, testKafka } from './test-kafka.ts';
