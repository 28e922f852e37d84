import type { ClickHouse } from '@culprit/clickhouse';
import type { FileStore } from '@culprit/files';
import type { GeoLookup } from '@culprit/normalization';
import type { Database } from '@culprit/postgres';
import type { Clock, Logger, SelfReport } from '@culprit/runtime';
import type { ProcessorMetrics } from './metrics.ts';
import type { ProjectDirectory } from './project-directory.ts';

/** What settling a batch needs; built once in `main.ts`. */
export interface ProcessorContext {
  /** Name of the log: part of every position and token. */
  readonly topic: string;
  /** Offsets below it belong to logs that came before this one. Absent: there were none. */
  readonly firstOffset?: number | undefined;
  readonly database: Database;
  readonly clickhouse: ClickHouse;
  readonly files: FileStore;
  readonly projects: ProjectDirectory;
  /** Absent: no database of places is configured. */
  readonly geo?: GeoLookup | undefined;
  /** Days that a project keeps its events where it does not say itself; 0: for ever. Absent: 90. */
  readonly retentionDays?: number | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ProcessorMetrics;
  /** Absent where own errors go nowhere. */
  readonly selfReport?: Pick<SelfReport, 'projectId' | 'duringOwnWork'> | undefined;
}
