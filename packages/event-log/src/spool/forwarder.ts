import {
  type EventLog,
  EventLogError,
  type NewRecord,
  type PartitionHandler,
  type StoredRecord,
} from '../event-log.ts';
import { decodeSpoolRecord, type SpoolRecord } from './spool-record.ts';
import type { SpoolStore } from './spool-store.ts';

export interface ForwarderOptions {
  readonly store: SpoolStore;
  readonly log: Pick<EventLog, 'append'>;
  readonly onForwarded: (records: number) => void;
  readonly onRefused: (records: number) => void;
}

/** Moves what waits in the spool to the log, in its order; a record leaves the spool when the log has acknowledged or refused it. */
export class Forwarder implements PartitionHandler {
  readonly #options: ForwarderOptions;
  /** Offsets above the position that have arrived already, when one before them did not. */
  readonly #arrived = new Set<number>();

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  async positionOf(): Promise<number> {
    return this.#options.store.position('waiting');
  }

  async handle(_: number, position: number, records: readonly StoredRecord[]): Promise<number> {
    const results = await Promise.allSettled(records.map((record) => this.#forward(record)));
    let next = position;
    let failure: unknown;
    for (const [at, result] of results.entries()) {
      const offset = records[at]?.offset ?? next;
      if (result.status === 'rejected') failure ??= result.reason;
      else if (failure === undefined) next = offset + 1;
      else this.#arrived.add(offset);
    }
    for (const offset of this.#arrived) if (offset < next) this.#arrived.delete(offset);
    if (next > position) await this.#options.store.log('waiting').trim(0, next);
    if (failure !== undefined) throw failure;
    return next;
  }

  /** A process of its own may go on from here. */
  released(): void {
    this.#arrived.clear();
  }

  async #forward({ offset, value }: StoredRecord): Promise<void> {
    if (this.#arrived.has(offset)) return;
    const record = decodeSpoolRecord(value);
    try {
      await this.#options.log.append([record]);
      this.#options.onForwarded(1);
    } catch (error) {
      const reason = refusalOf(error);
      if (reason === undefined) throw error;
      await this.#options.store.append('refused', [{ ...record, reason }]);
      this.#options.onRefused(1);
    }
  }
}

/** Why the log will never take a record; undefined when it may take it later. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof EventLogError)) return undefined;
  return error.code === 'refused' || error.code === 'too_large' ? error.message : undefined;
}

/** A record that the log has refused. */
export interface RefusedRecord extends NewRecord {
  readonly reason: string;
  /** Together with the offset it is unique. */
  readonly spoolId: string;
  readonly offset: number;
}

/** Hands what was refused to `keep`, one after the other, until it is kept. */
export class RefusedKeeper implements PartitionHandler {
  readonly #store: SpoolStore;
  readonly #keep: (record: RefusedRecord) => Promise<void>;

  constructor(store: SpoolStore, keep: (record: RefusedRecord) => Promise<void>) {
    this.#store = store;
    this.#keep = keep;
  }

  async positionOf(): Promise<number> {
    return this.#store.position('refused');
  }

  async handle(_: number, position: number, records: readonly StoredRecord[]): Promise<number> {
    let next = position;
    for (const { offset, value } of records) {
      const record: SpoolRecord = decodeSpoolRecord(value);
      await this.#keep({ ...record, offset, spoolId: this.#store.id });
      next = offset + 1;
      await this.#store.log('refused').trim(0, next);
    }
    return next;
  }
}
