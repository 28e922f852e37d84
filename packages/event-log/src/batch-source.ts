import type { ReadLimits, StoredRecord } from './event-log.ts';

/** Tells readers of one partition that something was appended. */
export interface AppendSignal {
  /** Rises with each append that was noticed. Take it before reading; hand it to `wait` when the read came back empty. */
  readonly generation: number;
  /** Resolves when the generation is no longer `seen`, after `timeoutMs`, or when the signal aborts; never rejects. */
  wait(seen: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export interface Batch {
  readonly records: StoredRecord[];
  /** A limit ended the batch, not the end of the log. */
  readonly isFull: boolean;
}

/** What `consume` needs of a log whose partitions it hands out. */
export interface BatchSource {
  readonly topic: string;
  readonly partitions: number;
  read(partition: number, position: number, limits: ReadLimits): Batch;
  /** The partition is committed below `position`, which the next reads begin at. */
  advance?(partition: number, position: number): void;
  trim(partition: number, position: number): Promise<void>;
  appendSignalOf(partition: number): AppendSignal;
}
