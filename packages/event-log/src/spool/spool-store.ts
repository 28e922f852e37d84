import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type EventLog, EventLogError, type NewRecord } from '../event-log.ts';
import { openLmdbEventLog } from '../lmdb/lmdb-event-log.ts';
import { readConsumed } from '../lmdb/segment-files.ts';
import { folderBytes } from './folder-bytes.ts';
import { LocalLeases } from './local-leases.ts';
import { readSpoolId } from './spool-file.ts';
import { encodeSpoolRecord } from './spool-record.ts';

const MiB = 1024 * 1024;
/** Small, since a segment gives its disk space back only when all of it is forwarded. */
const SEGMENT_BYTES = 64 * MiB;
/** A record with its frame. */
const MAX_FRAMED_BYTES = 4 * MiB + 128 * 1024;
const LOOK_EVERY_MS = 1_000;

export type SpoolTopic = 'waiting' | 'refused';

export interface SpoolStoreOptions {
  readonly folder: string;
  /** Nothing more is taken when the spool's files have reached it. */
  readonly maxBytes: number;
  /** Nothing more is taken when the disk has less left. */
  readonly minimumFreeBytes: number;
  /** How long the work of a process that died waits for the next one. */
  readonly leaseMs: number;
}

/**
 * The spool of one machine: a folder with two embedded logs of one partition, for what waits for Kafka and for what Kafka has refused. All ingest
 * processes of the machine append; one at a time forwards, by a lease.
 */
export class SpoolStore {
  /** Unique for the life of the folder. */
  readonly id: string;
  readonly ownerId = randomBytes(8).toString('hex');
  readonly #options: SpoolStoreOptions;
  readonly #logs: Readonly<Record<SpoolTopic, EventLog>>;
  readonly #leases: LocalLeases;
  #bytes = { sum: 0, lookedAt: Number.NEGATIVE_INFINITY };

  private constructor(
    options: SpoolStoreOptions,
    id: string,
    logs: Readonly<Record<SpoolTopic, EventLog>>,
    leases: LocalLeases,
  ) {
    this.#options = options;
    this.id = id;
    this.#logs = logs;
    this.#leases = leases;
  }

  /** @throws EventLogError `network_file_system`, `misconfigured`. */
  static async open(options: SpoolStoreOptions): Promise<SpoolStore> {
    const { folder, minimumFreeBytes, leaseMs } = options;
    const id = await readSpoolId(folder);
    const leases = new LocalLeases(join(folder, 'leases.mdb'));
    const openTopic = (topic: SpoolTopic): Promise<EventLog> =>
      openLmdbEventLog({
        folder,
        topic,
        partitions: 1,
        leases,
        leaseMs,
        segmentBytes: SEGMENT_BYTES,
        retentionMs: 0,
        minimumFreeBytes,
        maxRecordBytes: MAX_FRAMED_BYTES,
      });
    const logs = { waiting: await openTopic('waiting'), refused: await openTopic('refused') };
    return new SpoolStore(options, id, logs, leases);
  }

  log(topic: SpoolTopic): EventLog {
    return this.#logs[topic];
  }

  /** Offset of the first record that has not left. */
  position(topic: SpoolTopic): number {
    return readConsumed(join(this.#options.folder, topic), 0);
  }

  /** Resolves when the records are on the disk. @throws EventLogError `full`, `unavailable`. */
  async append(
    topic: SpoolTopic,
    records: readonly (NewRecord & { readonly reason?: string })[],
  ): Promise<void> {
    const bytes = this.bytes();
    if (bytes >= this.#options.maxBytes) {
      throw new EventLogError('full', `the spool has ${bytes} bytes, and may have ${this.#options.maxBytes}`);
    }
    await this.#logs[topic].append(
      records.map(({ key, value, reason = '' }) => ({
        key: '',
        value: encodeSpoolRecord({ key, value, reason }),
      })),
    );
  }

  /** Records that have not left. */
  async waiting(topic: SpoolTopic): Promise<number> {
    const [lag] = await this.#logs[topic].lag();
    return Math.max(0, (lag?.end ?? 0) - this.position(topic));
  }

  /** Of its files; looked at once a second. */
  bytes(): number {
    const now = performance.now();
    if (now - this.#bytes.lookedAt >= LOOK_EVERY_MS) {
      this.#bytes = { sum: folderBytes(this.#options.folder), lookedAt: now };
    }
    return this.#bytes.sum;
  }

  async close(): Promise<void> {
    await this.#logs.waiting.close();
    await this.#logs.refused.close();
    await this.#leases.close();
  }
}
