import { describe, expect, onTestFinished, test } from 'vitest';
import type { ConsumeOptions, EventLog, PartitionHandler } from '../event-log.ts';
import { bytesOf, LIMITS, textOf } from './record-text.ts';
import { type ContractSubject, freshPlace, until } from './subject.ts';

export function describeConsume(subject: ContractSubject): void {
  describe('consume', () => {
    test('hands each record of every partition once, in order, and goes on with new ones', async () => {
      const log = await (await freshPlace(subject)).open();
      const store = new PositionStore();
      await appendTexts(log, 'before', 50);
      const consumer = start(log, store);
      await until(() => store.texts().length === 50, 'the first 50 are handled');
      await appendTexts(log, 'after', 50);
      await until(() => store.texts().length === 100, 'all 100 are handled');
      await consumer.stop();
      expect(store.texts().toSorted()).toEqual(
        [...namesOf('before', 50), ...namesOf('after', 50)].toSorted(),
      );
      for (const offsets of store.offsetsOfPartitions()) {
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      }
    });

    test('begins at the stored position, and asks for it once', async () => {
      const log = await (await freshPlace(subject, 1)).open();
      await appendTexts(log, 'record', 10);
      const all = await log.read(0, 0, LIMITS);
      const store = new PositionStore();
      store.positions.set(0, all[7]?.offset ?? Number.NaN);
      const consumer = start(log, store);
      await until(() => store.texts().length === 3, 'the rest is handled');
      await appendTexts(log, 'more', 2);
      await until(() => store.texts().length === 5, 'more is handled');
      await consumer.stop();
      expect(store.texts()).toEqual(['record-7', 'record-8', 'record-9', 'more-0', 'more-1']);
      expect(store.asked).toBe(1);
    });

    test('keeps a batch within the limits, and goes on where the handler says', async () => {
      const log = await (await freshPlace(subject, 1)).open();
      await appendTexts(log, 'record', 10);
      const sizes: number[] = [];
      const store = new PositionStore();
      const consumer = start(log, store, { maxRecords: 4 }, async (_, records) => {
        sizes.push(records.length);
        // Half of the batch, as when a batch is cut.
        return (records[Math.ceil(records.length / 2) - 1]?.offset ?? Number.NaN) + 1;
      });
      await until(() => store.positions.get(0) === 10, 'all are handled');
      await consumer.stop();
      expect(sizes).toEqual([4, 4, 4, 4, 2, 1]);
    });

    test('hands a rejected batch out again from the stored position', async () => {
      const log = await (await freshPlace(subject, 1)).open();
      await appendTexts(log, 'record', 6);
      const store = new PositionStore();
      const failures: unknown[] = [];
      let calls = 0;
      const consumer = start(
        log,
        store,
        { maxRecords: 2, onError: (error, partition) => failures.push([error, partition]) },
        async (_, records) => {
          calls += 1;
          if (calls === 2 || calls === 3) throw new Error(`refused ${calls}`);
          return (records.at(-1)?.offset ?? Number.NaN) + 1;
        },
      );
      await until(() => store.positions.get(0) === 6, 'all are handled');
      await consumer.stop();
      expect(store.batches.map(({ texts }) => texts.map((text) => text.at(-1)).join(''))).toEqual([
        '01',
        '23',
        '23',
        '23',
        '45',
      ]);
      expect(store.asked).toBe(3);
      expect(failures).toEqual([
        [new Error('refused 2'), 0],
        [new Error('refused 3'), 0],
      ]);
    });

    test('one stuck partition does not hold up the others', async () => {
      const log = await (await freshPlace(subject)).open();
      await appendTexts(log, 'record', 60);
      const store = new PositionStore();
      const consumer = start(log, store, {}, async (partition, records) => {
        if (partition === 0) throw new Error('stuck');
        return (records.at(-1)?.offset ?? Number.NaN) + 1;
      });
      await until(() => store.positions.has(1) && store.positions.has(2), 'the other partitions are handled');
      await consumer.stop();
      expect(store.positions.has(0)).toBe(false);
    });

    describeLinger(subject);
    describeStop(subject);
  });
}

function describeLinger(subject: ContractSubject): void {
  test('a full batch goes at once, however long it may linger', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    const store = new PositionStore();
    const consumer = start(log, store, { lingerMs: 600_000, maxRecords: 6, maxBytes: 50_000 });
    await appendTexts(log, 'a', 4);
    await appendTexts(log, 'b', 2);
    await until(() => store.batches.length === 1, 'the batch that is full by its records is handled');
    await log.append([{ key: 'k', value: bytesOf('c-0') }]);
    await log.append([{ key: 'k', value: bytesOf('c-1'.padEnd(30_000)) }]);
    await log.append([{ key: 'k', value: bytesOf('c-2'.padEnd(30_000)) }]);
    await until(() => store.batches.length === 2, 'the batch that is full by its bytes is handled');
    await consumer.stop();
    expect(store.batches.map(({ texts }) => texts)).toEqual([
      [...namesOf('a', 4), ...namesOf('b', 2)],
      ['c-0', 'c-1'],
    ]);
  });

  test('a smaller batch waits lingerMs for more', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    const store = new PositionStore();
    const consumer = start(log, store, { lingerMs: 400 });
    const appendedAt = performance.now();
    for (let index = 0; index < 5; index += 1) await log.append([{ key: 'k', value: bytesOf(`r-${index}`) }]);
    await until(() => store.batches.length > 0, 'the batch is handled');
    const waited = performance.now() - appendedAt;
    await consumer.stop();
    expect(store.batches[0]?.texts).toEqual(namesOf('r', 5));
    expect(waited).toBeGreaterThanOrEqual(395);
  });
}

function describeStop(subject: ContractSubject): void {
  test('a stop waits for the running handle, does not abort its claim, and starts no other', async () => {
    const log = await (await freshPlace(subject, 1)).open();
    await appendTexts(log, 'record', 10);
    const store = new PositionStore();
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    let claimed: AbortSignal | undefined;
    const consumer = start(log, store, { maxRecords: 2 }, async (_, records, claim) => {
      claimed = claim;
      await gate;
      return (records.at(-1)?.offset ?? Number.NaN) + 1;
    });
    await until(() => store.batches.length === 1, 'a handle is running');
    let isStopped = false;
    const stopped = consumer.stop().then(() => {
      isStopped = true;
    });
    await appendTexts(log, 'more', 5);
    expect(isStopped).toBe(false);
    expect(claimed?.aborted).toBe(false);
    expect(store.released).toEqual([]);
    openGate();
    await stopped;
    expect(store.batches).toHaveLength(1);
    expect(store.positions.get(0)).toBe(2);
    expect(store.released).toEqual([0]);
  });

  test('a consumer that starts after a stop goes on where it ended', async () => {
    const { open } = await freshPlace(subject, 1);
    const store = new PositionStore();
    for (let round = 0; round < 3; round += 1) {
      const log = await open();
      await appendTexts(log, `round${round}`, 5);
      const consumer = start(log, store);
      await until(() => store.texts().length === (round + 1) * 5, 'the round is handled', subject.takeOverMs);
      await consumer.stop();
    }
    expect(store.texts()).toEqual([0, 1, 2].flatMap((round) => namesOf(`round${round}`, 5)));
  }, 60_000);

  test('closing the log stops its consumers', async () => {
    const log = await (await freshPlace(subject, 2)).open();
    const store = new PositionStore();
    await appendTexts(log, 'record', 10);
    const consumer = start(log, store);
    await until(() => store.texts().length === 10, 'all are handled');
    await log.close();
    await consumer.ended;
    expect(store.released.toSorted()).toEqual([0, 1]);
  });
}

/** Stands for Postgres: positions by partition, and what was handled. */
class PositionStore {
  readonly positions = new Map<number, number>();
  readonly batches: { partition: number; texts: string[]; offsets: number[] }[] = [];
  readonly released: number[] = [];
  asked = 0;

  texts(): string[] {
    return this.batches.flatMap(({ texts }) => texts);
  }

  offsetsOfPartitions(): number[][] {
    const partitions = new Set(this.batches.map(({ partition }) => partition));
    return [...partitions].map((of) =>
      this.batches.filter(({ partition }) => partition === of).flatMap(({ offsets }) => offsets),
    );
  }
}

type Handle = (
  partition: number,
  records: Parameters<PartitionHandler['handle']>[2],
  claim: AbortSignal,
) => Promise<number>;

function start(
  log: EventLog,
  store: PositionStore,
  options: Partial<ConsumeOptions> = {},
  handle: Handle = async (_, records) => (records.at(-1)?.offset ?? Number.NaN) + 1,
): { stop(): Promise<void>; ended: Promise<void> } {
  const stop = new AbortController();
  const handler: PartitionHandler = {
    async positionOf(partition) {
      store.asked += 1;
      return store.positions.get(partition) ?? 0;
    },
    async handle(partition, position, records, claim) {
      expect(position).toBe(store.positions.get(partition) ?? 0);
      store.batches.push({
        partition,
        texts: records.map(textOf),
        offsets: records.map(({ offset }) => offset),
      });
      const next = await handle(partition, records, claim);
      store.positions.set(partition, next);
      return next;
    },
    released(partition) {
      store.released.push(partition);
    },
  };
  const ended = log.consume(handler, { ...LIMITS, ownerId: 'ab12', signal: stop.signal, ...options });
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  return {
    ended,
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

function namesOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}`);
}

/** One record for each name, over the partitions; in one partition they keep their order. */
function appendTexts(log: EventLog, name: string, count: number): Promise<void> {
  return log.append(namesOf(name, count).map((text) => ({ key: text, value: bytesOf(text) })));
}
