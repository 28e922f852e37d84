import type { ClickHouse } from '@culprit/clickhouse';
import type { Database } from '@culprit/postgres';
import type { Clock, Logger, SelfReport } from '@culprit/runtime';
import type { AlertsMetrics } from './metrics.ts';

/** What the rules need; built once in `main.ts`. */
export interface AlertsContext {
  readonly database: Database;
  readonly clickhouse: ClickHouse;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: AlertsMetrics;
  readonly publicUrl: string;
  readonly windowMs: number;
  /** Absent where own errors go nowhere. */
  readonly selfReport?: Pick<SelfReport, 'projectId' | 'duringOwnWork'> | undefined;
}
