/**
 * The event log's interface. Two implementations, one contract suite (`contract-suite.ts`): LMDB (embedded) and Kafka. The consumer position lives in Postgres, never in the log (architecture: plan, store, commit).
 */

/** A record to append. `key` decides the partition. */
export interface NewRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A record read back. Offsets of a partition rise; there may be gaps. */
export interface StoredRecord {
  readonly offset: number;
  readonly value: Uint8Array;
}

export interface ReadLimits {
  readonly maxRecords: number;
  /** Sum of value bytes; at least one record is returned whatever its size. */
  readonly maxBytes: number;
}

export interface PartitionLag {
  readonly partition: number;
  /** Offset of the oldest record still there (equals `end` when empty). */
  readonly start: number;
  /** Offset that the next record will get. */
  readonly end: number;
}

/** What a processor does with the partitions it owns. */
export interface PartitionHandler {
  /** The stored position: offset of the first record not yet committed. Called once per claim, before the first batch. */
  positionOf(partition: number): Promise<number>;
  /**
   * Handles the records from `position` on (never empty, ordered). Resolves to the next position once all of it is committed, or
   * rejects: the partition is then read again from `positionOf`. `claim.aborted` turns true when ownership is lost: stop soon.
   */
  handle(
    partition: number,
    position: number,
    records: readonly StoredRecord[],
    claim: AbortSignal,
  ): Promise<number>;
  /** Ownership of the partition was given up or lost. */
  released?(partition: number): void;
}

export interface ConsumeOptions extends ReadLimits {
  /** Unique per process start; lower-case hex. */
  readonly ownerId: string;
  /** Stops consuming: running `handle` calls are awaited, partitions are released. */
  readonly signal: AbortSignal;
  /** Milliseconds a partition may wait for a batch to fill before a smaller one is handed out. Default 0. */
  readonly lingerMs?: number;
  /** Told of each failure that is retried: a rejected `positionOf` or `handle`, or (without partition) a failed claim of leases. */
  readonly onError?: (error: unknown, partition?: number) => void;
}

export interface EventLog {
  /** Name of the log; part of deduplication tokens. */
  readonly topic: string;
  /** Fixed for the life of the topic. */
  readonly partitions: number;
  /** Offsets of this log begin here; smaller ones belong to logs that came before it. Default 0. */
  readonly firstOffset?: number | undefined;
  /** Storage may drop records that nobody has consumed (a broker's retention): a start above the position is a loss. */
  readonly dropsUnread?: boolean;
  /** Resolves when every record is durable (embedded: after fdatasync; Kafka: on all in-sync replicas). @throws EventLogError code `full`, `too_large`, `refused`, `closed`, `unavailable`. */
  append(records: readonly NewRecord[]): Promise<void>;
  /** Reads from `position`; empty when there is nothing yet. A position below `start` begins at `start`. */
  read(partition: number, position: number, limits: ReadLimits): Promise<readonly StoredRecord[]>;
  /** Owns a fair share of the partitions among all running consumers and feeds them to `handler` until `signal` aborts. */
  consume(handler: PartitionHandler, options: ConsumeOptions): Promise<void>;
  /**
   * Says that everything below `position` is consumed for good, so that its storage may be given back later. `consume` does it
   * by itself with every position that `positionOf` and `handle` resolve to.
   */
  trim(partition: number, position: number): Promise<void>;
  /** Start and end of every partition. */
  lag(): Promise<readonly PartitionLag[]>;
  close(): Promise<void>;
}

export type EventLogErrorCode =
  | 'full'
  | 'too_large'
  /** The log will never take this record, for another reason than its size. */
  | 'refused'
  | 'closed'
  | 'unavailable'
  /** Records that were not consumed are gone: nothing of the partition is handed out until a person has decided. */
  | 'records_missing'
  | 'network_file_system'
  | 'misconfigured';

export class EventLogError extends Error {
  readonly code: EventLogErrorCode;
  constructor(code: EventLogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EventLogError';
    this.code = code;
  }
}

/**
 * Leases of partitions, kept in Postgres by whoever builds the embedded log (`@culprit/postgres`), so that several processors
 * share the work. Times are unix milliseconds of the caller's clock.
 */
export interface PartitionLeases {
  /** Renews this owner's leases, takes free or expired ones up to a fair share, gives up surplus; resolves to the partitions now owned. */
  claim(
    topic: string,
    partitions: number,
    ownerId: string,
    now: number,
    leaseMs: number,
  ): Promise<readonly number[]>;
  /** Gives up all leases of the owner, at stop. */
  release(topic: string, ownerId: string): Promise<void>;
}

/** Partition of a key: FNV-1a over UTF-8, the same in every implementation. */
export function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(key)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % partitions;
}
