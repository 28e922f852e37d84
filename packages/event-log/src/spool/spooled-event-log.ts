import {
  type ConsumeOptions,
  type EventLog,
  EventLogError,
  type NewRecord,
  type PartitionHandler,
  type PartitionLag,
  partitionOf,
  type ReadLimits,
  type StoredRecord,
} from '../event-log.ts';
import { demandRecordSizes, MAX_RECORD_BYTES } from '../record-size.ts';
import { Circuit } from './circuit.ts';
import { Forwarder, RefusedKeeper, type RefusedRecord, refusalOf } from './forwarder.ts';
import { SpoolStore } from './spool-store.ts';

const GiB = 1024 * 1024 * 1024;
const FORWARD_LIMITS = { maxRecords: 500, maxBytes: 4 * 1024 * 1024 };

export interface SpoolOptions {
  /** On a local disk; the processes of a machine share it. */
  readonly folder: string;
  /** Default 8 GiB. */
  readonly maxBytes?: number;
  /** Default 1 GiB. */
  readonly minimumFreeBytes?: number;
  /** How long the work of a process that died waits for the next one. Default 10,000. */
  readonly leaseMs?: number;
  /** Keeps a record that the log will never take, where a person finds it; called again until it resolves. */
  readonly keepRefused: (record: RefusedRecord) => Promise<void>;
  /** Told of each failure that is tried again. */
  readonly onError?: (error: unknown) => void;
}

export interface SpoolFigures {
  /** Records that wait for the log, of all processes of the machine. */
  readonly waiting: number;
  /** Refused records that are not kept yet. */
  readonly refused: number;
  /** Of the spool's files. */
  readonly bytes: number;
  /** Partitions that this process takes to be away. */
  readonly partitionsAway: number;
  /** Since this process began: records put into the spool, forwarded from it, refused by the log. */
  readonly spooledTotal: number;
  readonly forwardedTotal: number;
  readonly refusedTotal: number;
}

export interface SpooledEventLog extends EventLog {
  figures(): Promise<SpoolFigures>;
}

/**
 * Puts a spool in front of a log: what cannot be appended within the log's own time goes to a local disk, is as durable there, and is forwarded when the
 * log is back. `append` rejects only for what neither takes.
 *
 * @throws EventLogError `network_file_system`, `misconfigured`.
 */
export async function withSpool(log: EventLog, options: SpoolOptions): Promise<SpooledEventLog> {
  const store = await SpoolStore.open({
    folder: options.folder,
    maxBytes: options.maxBytes ?? 8 * GiB,
    minimumFreeBytes: options.minimumFreeBytes ?? GiB,
    leaseMs: options.leaseMs ?? 10_000,
  });
  return new LogWithSpool(log, store, options);
}

class LogWithSpool implements SpooledEventLog {
  readonly topic: string;
  readonly partitions: number;
  readonly firstOffset: number;
  readonly dropsUnread: boolean;
  readonly #log: EventLog;
  readonly #store: SpoolStore;
  readonly #circuits: readonly Circuit[];
  readonly #closing = new AbortController();
  readonly #moving: Promise<unknown>;
  readonly #totals = { spooled: 0, forwarded: 0, refused: 0 };
  #figures: SpoolFigures | undefined;
  #closed: Promise<void> | undefined;

  constructor(log: EventLog, store: SpoolStore, options: SpoolOptions) {
    this.topic = log.topic;
    this.partitions = log.partitions;
    this.firstOffset = log.firstOffset ?? 0;
    this.dropsUnread = log.dropsUnread ?? false;
    this.#log = log;
    this.#store = store;
    this.#circuits = Array.from({ length: log.partitions }, () => new Circuit());
    const consume = (topic: 'waiting' | 'refused', handler: PartitionHandler): Promise<void> =>
      store.log(topic).consume(handler, {
        ...FORWARD_LIMITS,
        ownerId: store.ownerId,
        signal: this.#closing.signal,
        onError: (error) => options.onError?.(error),
      });
    const forwarder = new Forwarder({
      store,
      log,
      onForwarded: (records) => {
        this.#totals.forwarded += records;
      },
      onRefused: (records) => {
        this.#totals.refused += records;
      },
    });
    this.#moving = Promise.all([
      consume('waiting', forwarder),
      consume('refused', new RefusedKeeper(store, options.keepRefused)),
    ]);
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    if (this.#closing.signal.aborted) throw new EventLogError('closed', 'the event log is closed');
    demandRecordSizes(records, MAX_RECORD_BYTES);
    // Each by itself: what became of one says nothing of another. The log puts them together again.
    await Promise.all(records.map((record) => this.#append(record)));
  }

  async #append(record: NewRecord): Promise<void> {
    const circuit = this.#circuits[partitionOf(record.key, this.partitions)];
    if (circuit?.mayTry(performance.now()) !== true) return this.#spool(record);
    try {
      await this.#log.append([record]);
      circuit.succeeded();
    } catch (error) {
      const reason = refusalOf(error);
      if (reason !== undefined) {
        circuit.succeeded();
        await this.#store.append('refused', [{ ...record, reason }]);
        this.#totals.refused += 1;
        return;
      }
      circuit.failed(performance.now());
      await this.#spool(record);
    }
  }

  async #spool(record: NewRecord): Promise<void> {
    await this.#store.append('waiting', [record]);
    this.#totals.spooled += 1;
  }

  read(partition: number, position: number, limits: ReadLimits): Promise<readonly StoredRecord[]> {
    return this.#log.read(partition, position, limits);
  }

  consume(handler: PartitionHandler, options: ConsumeOptions): Promise<void> {
    return this.#log.consume(handler, options);
  }

  trim(partition: number, position: number): Promise<void> {
    return this.#log.trim(partition, position);
  }

  lag(): Promise<readonly PartitionLag[]> {
    return this.#log.lag();
  }

  /** While it closes, what it said last: metrics are collected to the end. */
  async figures(): Promise<SpoolFigures> {
    if (this.#closing.signal.aborted && this.#figures !== undefined) return this.#figures;
    const [waiting, refused] = await Promise.all([
      this.#store.waiting('waiting'),
      this.#store.waiting('refused'),
    ]);
    this.#figures = {
      waiting,
      refused,
      bytes: this.#store.bytes(),
      partitionsAway: this.#circuits.filter(({ isOpen }) => isOpen).length,
      spooledTotal: this.#totals.spooled,
      forwardedTotal: this.#totals.forwarded,
      refusedTotal: this.#totals.refused,
    };
    return this.#figures;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#moving;
    await this.#log.close();
    await this.#store.close();
  }
}
