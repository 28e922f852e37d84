import type { BatchSource } from './batch-source.ts';
import type { ConsumeOptions, PartitionHandler, StoredRecord } from './event-log.ts';
import { pause } from './pause.ts';

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5000;
const TRIM_EVERY_MS = 10_000;
/** While a batch fills. Looking at each append instead took 3 % of a processor's time. */
const LOOK_AGAIN_MS = 50;

export interface Feed {
  readonly source: BatchSource;
  readonly partition: number;
  readonly handler: PartitionHandler;
  readonly options: ConsumeOptions;
  /** Aborts when ownership is lost; handed to `handle`. */
  readonly claim: AbortSignal;
  /** Aborts when ownership is lost or consuming stops: no further batch then. */
  readonly end: AbortSignal;
}

/** Feeds one partition to its handler, batch after batch, until `end` aborts and the running `handle` is done. Never rejects. */
export async function feedPartition(feed: Feed): Promise<void> {
  const { partition, options, end } = feed;
  let backOffMs = FIRST_BACK_OFF_MS;
  while (!end.aborted) {
    try {
      await feedFromStoredPosition(feed, () => {
        backOffMs = FIRST_BACK_OFF_MS;
      });
    } catch (error) {
      options.onError?.(error, partition);
      await pause(backOffMs, end);
      backOffMs = Math.min(backOffMs * 2, LONGEST_BACK_OFF_MS);
    }
  }
}

async function feedFromStoredPosition(feed: Feed, succeeded: () => void): Promise<void> {
  const { source, partition, handler, claim, end } = feed;
  const trim = trimmer(feed);
  let position = await handler.positionOf(partition);
  while (!end.aborted) {
    await trim(position);
    source.advance?.(partition, position);
    const records = await nextBatch(feed, position);
    if (records.length === 0 || end.aborted) continue;
    const next = await handler.handle(partition, position, records, claim);
    if (!(next > position)) {
      throw new RangeError(
        `handling partition ${partition} from ${position} led to ${next}, which is no progress`,
      );
    }
    position = next;
    succeeded();
  }
}

/** Trims now and then; a failure is told and tried again, and does not hold up the partition. */
function trimmer({ source, partition, options }: Feed): (position: number) => Promise<void> {
  let due = Number.NEGATIVE_INFINITY;
  return async (position) => {
    if (performance.now() < due) return;
    due = performance.now() + TRIM_EVERY_MS;
    try {
      await source.trim(partition, position);
    } catch (error) {
      options.onError?.(error, partition);
    }
  };
}

/** Waits for records and, up to `lingerMs` from the first one seen, for the batch to fill. Empty when it is time to look around. */
async function nextBatch(
  { source, partition, options, end }: Feed,
  position: number,
): Promise<StoredRecord[]> {
  const signal = source.appendSignalOf(partition);
  const records: StoredRecord[] = [];
  let bytes = 0;
  let next = position;
  let deadline: number | undefined;
  while (!end.aborted) {
    const seen = signal.generation;
    const { maxRecords, maxBytes } = options;
    const more = source.read(partition, next, {
      maxRecords: maxRecords - records.length,
      maxBytes: maxBytes - bytes,
    });
    for (const record of more.records) {
      // A read returns one record whatever its size; here it may come on top of others.
      if (records.length > 0 && bytes + record.value.length > maxBytes) return records;
      records.push(record);
      bytes += record.value.length;
      next = record.offset + 1;
    }
    if (more.isFull) return records;
    const now = performance.now();
    if (records.length > 0) deadline ??= now + (options.lingerMs ?? 0);
    if (deadline !== undefined && now >= deadline) return records;
    if (deadline !== undefined) await pause(Math.min(LOOK_AGAIN_MS, deadline - now), end);
    else await signal.wait(seen, TRIM_EVERY_MS, end);
    if (records.length === 0 && deadline === undefined && signal.generation === seen) return records;
  }
  return [];
}
