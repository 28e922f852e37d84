import { setTimeout as delay } from 'node:timers/promises';
import type { PartitionLag, ReadLimits, StoredRecord } from '../event-log.ts';
import { type Cluster, type FetchedPartition, READ_COMMITTED } from './cluster.ts';
import { brokerErrorOf, toEventLogError } from './kafka-errors.ts';
import { PartitionBuffer } from './partition-buffer.ts';

const MiB = 1024 * 1024;
const TRIES = 8;
const PAUSE_MS = 150;
/** More in one request than the limits of a read would be thrown away. */
const LARGEST_FETCH_BYTES = 8 * MiB;

export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** Answers from the brokers at once, for whoever does not consume: a read at any position, and where partitions start and end. */
export class Reader {
  readonly #cluster: Cluster;
  readonly #topic: string;
  readonly #partitions: readonly number[];
  readonly #isCompacted: boolean;

  constructor(cluster: Cluster, topic: string, partitions: number, isCompacted: boolean) {
    this.#cluster = cluster;
    this.#topic = topic;
    this.#partitions = Array.from({ length: partitions }, (_, partition) => partition);
    this.#isCompacted = isCompacted;
  }

  /** @throws EventLogError `unavailable`. */
  async lag(): Promise<PartitionLag[]> {
    return this.#retried('the ends of the log cannot be read', async () => {
      const partitions = this.#partitions.map((partition) => ({ partition }));
      const ask = async (fromBeginning: boolean): Promise<ReadonlyMap<number, number>> => {
        const [found] = await this.#cluster.fetchTopicsOffset([
          { topic: this.#topic, partitions, fromBeginning },
        ]);
        return new Map((found?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
      };
      const [starts, ends] = await Promise.all([ask(true), ask(false)]);
      return this.#partitions.map((partition) => {
        const [start, end] = [starts.get(partition), ends.get(partition)];
        if (start === undefined || end === undefined) throw new Error(`partition ${partition} has no leader`);
        return { partition, start, end };
      });
    });
  }

  async boundsOf(partition: number): Promise<Bounds> {
    const found = (await this.lag()).find((of) => of.partition === partition);
    if (found === undefined) throw new RangeError(`no partition ${partition}`);
    return found;
  }

  /** As `EventLog.read`: below the start it begins there. @throws EventLogError `unavailable`, `records_missing`. */
  async read(partition: number, position: number, limits: ReadLimits): Promise<readonly StoredRecord[]> {
    let buffer = new PartitionBuffer(partition, position, this.#isCompacted);
    const first = position;
    let from = first;
    for (;;) {
      const answer = await this.#fetch(partition, buffer.next, limits.maxBytes);
      if (answer === 'out of range') {
        const { start } = await this.boundsOf(partition);
        if (start <= buffer.next) return buffer.read(from, limits)?.records ?? [];
        from = start;
        buffer = new PartitionBuffer(partition, start, this.#isCompacted);
        continue;
      }
      const before = buffer.next;
      buffer.add(answer);
      const batch = buffer.read(from, limits);
      if (batch === undefined || batch.isFull || buffer.next === before) return batch?.records ?? [];
    }
  }

  async #fetch(
    partition: number,
    offset: number,
    maxBytes: number,
  ): Promise<FetchedPartition | 'out of range'> {
    return this.#retried(`partition ${partition} cannot be read`, async () => {
      const [node] = Object.keys(this.#cluster.findLeaderForPartitions(this.#topic, [partition]));
      if (node === undefined) throw new Error('the partition has no leader');
      const broker = await this.#cluster.findBroker({ nodeId: node });
      const bytes = Math.min(Math.max(maxBytes, 1), LARGEST_FETCH_BYTES);
      try {
        const { responses } = await broker.fetch({
          maxWaitTime: 0,
          minBytes: 0,
          maxBytes: bytes,
          isolationLevel: READ_COMMITTED,
          topics: [
            {
              topic: this.#topic,
              partitions: [{ partition, fetchOffset: String(offset), maxBytes: bytes }],
            },
          ],
        });
        const [answer] = responses.flatMap(({ partitions }) => partitions);
        if (answer === undefined) throw new Error('the broker said nothing of the partition');
        return answer;
      } catch (error) {
        if (brokerErrorOf(error) === 'OFFSET_OUT_OF_RANGE') return 'out of range';
        throw error;
      }
    });
  }

  /** Leaders move and brokers restart: asked again for about a second. */
  async #retried<T>(what: string, ask: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#cluster.refreshMetadataIfNecessary();
        return await ask();
      } catch (error) {
        if (tries >= TRIES) throw toEventLogError(error, what);
        await delay(PAUSE_MS);
        await this.#cluster.refreshMetadata().catch(() => undefined); // asked again anyway
      }
    }
  }
}
