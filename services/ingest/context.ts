import type { EventLog } from '@culprit/event-log';
import type { Clock, Logger, SelfReport } from '@culprit/runtime';
import type { OutcomeLedger } from './accept/outcome-ledger.ts';
import type { Admission } from './admission.ts';
import type { IngestLimits } from './config.ts';
import type { Limiter } from './limits/limiter.ts';
import type { IngestMetrics } from './metrics.ts';
import type { KeyDirectory } from './snapshot/key-directory.ts';

/** Where bytes go that are too large for the log. */
export interface PayloadStore {
  /** Durable when it resolves. */
  put(
    bytes: Uint8Array,
    options?: { readonly maxBytes?: number },
  ): Promise<{ readonly key: string; readonly size: number; readonly sha1: string }>;
}

/** What ingest knows of projects and keys at this moment. */
export interface Keys {
  /** Undefined until the first snapshot. */
  readonly directory: KeyDirectory | undefined;
  /** False when the snapshot was not confirmed for so long that nobody may trust it. */
  isTrusted(): boolean;
  /** Asks at once whether there is a newer snapshot; resolves when that is known, or soon when it cannot be asked. */
  recheck(): Promise<void>;
}

export interface IngestContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: Pick<EventLog, 'append'>;
  readonly files: PayloadStore;
  readonly keys: Keys;
  readonly outcomes: OutcomeLedger;
  readonly metrics: IngestMetrics;
  readonly admission: Admission;
  readonly limiter: Limiter;
  readonly limits: IngestLimits;
  readonly isTrustedProxy: (address: string) => boolean;
  /** Told of each failure to store something. */
  readonly onStoreFailure: (err: unknown) => void;
  /** Absent where own errors go nowhere. */
  readonly selfReport?: Pick<SelfReport, 'publicKey' | 'duringOwnWork'> | undefined;
}
