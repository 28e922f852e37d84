import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type EventLog, type NewRecord, partitionOf, type StoredRecord } from '@culprit/event-log';
import { type BackupFolder, writeAll } from './backup-folder.ts';
import { BackupError, type Manifest } from './manifest.ts';

const LIMITS = { maxRecords: 1_000, maxBytes: 8 * 1024 * 1024 };
/** Length of a record's value and its offset, little-endian. */
const HEAD_BYTES = 12;
/** The log takes no record over 4 MiB. */
const MAX_VALUE_BYTES = 64 * 1024 * 1024;

interface PartitionCopy {
  readonly handle: FileHandle;
  next: number;
  records: number;
}

/**
 * Copies the records that were not committed when PostgreSQL was copied, and those that come while the rest is copied. The log keeps a consumed record for an
 * hour, so `catchUp` is called all along.
 */
export class LogCopy {
  readonly #log: EventLog;
  readonly #folder: string;
  readonly #partitions: readonly PartitionCopy[];

  private constructor(log: EventLog, folder: string, partitions: readonly PartitionCopy[]) {
    this.#log = log;
    this.#folder = folder;
    this.#partitions = partitions;
  }

  static async begin(log: EventLog, positions: readonly number[], beside: string): Promise<LogCopy> {
    const folder = await mkdtemp(join(beside, 'log-')).catch(() =>
      mkdtemp(join(tmpdir(), 'culprit-backup-')),
    );
    const partitions: PartitionCopy[] = [];
    for (let partition = 0; partition < log.partitions; partition += 1) {
      const handle = await open(join(folder, String(partition)), 'w', 0o600);
      partitions.push({ handle, next: positions[partition] ?? 0, records: 0 });
    }
    return new LogCopy(log, folder, partitions);
  }

  /** @throws BackupError when the log has given up records that were not copied yet. */
  async catchUp(): Promise<void> {
    for (const { partition, start, end } of await this.#log.lag()) {
      const copy = this.#partitions[partition];
      if (copy === undefined) continue;
      if (start > copy.next) throw gone(partition, copy.next, start);
      await this.#copy(partition, copy, end);
    }
  }

  /** Copies a record that is not in the log yet, as if it had come there last. */
  async add({ key, value }: NewRecord): Promise<void> {
    const copy = this.#partitions[partitionOf(key, this.#partitions.length)];
    if (copy !== undefined) await write(copy, { offset: copy.next, value });
  }

  async finish(folder: BackupFolder): Promise<Manifest['log']> {
    const parts: Manifest['log'] = [];
    for (const [partition, { handle, records }] of this.#partitions.entries()) {
      await handle.close();
      const content = createReadStream(join(this.#folder, String(partition)));
      const file = await folder.write(`log/${partition}.records.zst`, content);
      parts.push({ partition, records, file });
    }
    await rm(this.#folder, { recursive: true, force: true });
    return parts;
  }

  async abandon(): Promise<void> {
    await Promise.allSettled(this.#partitions.map(({ handle }) => handle.close()));
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #copy(partition: number, copy: PartitionCopy, end: number): Promise<void> {
    while (copy.next < end) {
      const records = await this.#log.read(partition, copy.next, LIMITS);
      for (const record of records) {
        await write(copy, record);
        copy.next = record.offset + 1;
      }
      if (records.length === 0) return;
    }
  }
}

async function write(copy: PartitionCopy, { offset, value }: StoredRecord): Promise<void> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(value.length, 0);
  head.writeBigUInt64LE(BigInt(offset), 4);
  await writeAll(copy.handle, head);
  await writeAll(copy.handle, value);
  copy.records += 1;
}

function gone(partition: number, next: number, start: number): BackupError {
  return new BackupError(
    `The event log has dropped records ${next} to ${start - 1} of partition ${partition} before they could be copied: run the backup again. ` +
      'If the processor says the same of them, they are lost: see culprit log accept-loss.',
  );
}

/** The records of a copied partition, in order. @throws BackupError for a file that is cut. */
export async function* readRecords(content: Readable): AsyncIterable<{ offset: number; value: Uint8Array }> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of content) {
    held = held.length === 0 ? (chunk as Buffer) : Buffer.concat([held, chunk as Buffer]);
    let at = 0;
    while (held.length - at >= HEAD_BYTES) {
      const length = held.readUInt32LE(at);
      if (length > MAX_VALUE_BYTES) throw new BackupError('The copied log is damaged.');
      const end = at + HEAD_BYTES + length;
      if (held.length < end) break;
      yield {
        offset: Number(held.readBigUInt64LE(at + 4)),
        value: new Uint8Array(held.subarray(at + HEAD_BYTES, end)),
      };
      at = end;
    }
    held = held.subarray(at);
  }
  if (held.length > 0) throw new BackupError('The copied log is cut.');
}
