import type { ClickHouse } from '@culprit/clickhouse';
import type { FileStore } from '@culprit/files';
import type { Database } from '@culprit/postgres';
import type { Clock, Logger } from '@culprit/runtime';
import type { WebMetrics } from '../metrics.ts';
import type { LoginThrottle } from './access/login-throttle.ts';
import type { PasswordGate } from './access/password-gate.ts';
import type { DiskGauge } from './disk.ts';
import type { LogReader } from './log-reader.ts';
import type { ThroughputGauge } from './throughput.ts';

/** What the routes need. */
export interface WebContext {
  readonly database: Database;
  readonly clickhouse: ClickHouse;
  readonly files: FileStore;
  /** For the System page only. */
  readonly log: Omit<LogReader, 'close'>;
  readonly throughput: ThroughputGauge;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WebMetrics;
  readonly throttle: LoginThrottle;
  readonly passwords: PasswordGate;
  /** Origin where people and API clients reach this service. */
  readonly publicUrl: string;
  /** Origin where SDKs reach ingest. */
  readonly ingestUrl: string;
  readonly disk: DiskGauge;
}
