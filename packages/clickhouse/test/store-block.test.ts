import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Block,
  type BlockAlarm,
  type BlockTransport,
  ClickHouseError,
  isTransient,
  storeBlock,
  tokenOf,
} from '../src/index.ts';

const november = Date.UTC(2026, 10, 20);

function aBlock(overrides: Partial<Block> = {}): Block {
  return {
    table: 'events',
    columns: ['log_partition', 'log_offset', 'received'],
    body: new Uint8Array(3),
    rows: 3,
    topic: 'events',
    partition: 1,
    first: 100,
    last: 104,
    receivedFrom: november,
    receivedTo: november + 1_000,
    oneRowPerOffset: true,
    takeOver: false,
    ...overrides,
  };
}

type Fault = 'none' | 'lost before' | 'lost after' | 'token eaten' | 'still running';

/** ClickHouse's promise and its gap: a token is refused the second time; a crash may keep the token and lose the part. */
class SmallClickHouse implements BlockTransport {
  readonly tokens = new Set<string>();
  readonly inserted: string[] = [];
  rows = 0;
  offsets: number | undefined;
  running = 0;
  readonly #faults: Fault[];

  constructor(faults: readonly Fault[] = []) {
    this.#faults = [...faults];
  }

  async insert(block: Block, token: string): Promise<void> {
    const fault = this.#faults.shift() ?? 'none';
    this.inserted.push(token);
    if (fault === 'lost before') throw new ClickHouseError('connection', 'socket hang up');
    const isNew = !this.tokens.has(token);
    this.tokens.add(token);
    if (fault === 'token eaten') throw new ClickHouseError('connection', 'killed');
    if (isNew && fault === 'still running') {
      this.running = block.rows;
      throw new ClickHouseError('timeout', 'Timeout error.');
    }
    if (isNew) this.rows += block.rows;
    if (fault === 'lost after') throw new ClickHouseError('connection', 'socket hang up');
  }

  async readBack(): Promise<{ rows: number; offsets: number }> {
    return { rows: this.rows, offsets: this.offsets ?? this.rows };
  }

  async isRunning(): Promise<boolean> {
    return this.running > 0;
  }

  /** What runs ends while somebody waits for it. */
  async pause(): Promise<void> {
    this.rows += this.running;
    this.running = 0;
  }
}

const noAlarm = (alarm: BlockAlarm): never => {
  throw new Error(`alarm ${alarm.code}`);
};

describe('storeBlock', () => {
  test('a clear success needs one insert and no read-back', async () => {
    const store = new SmallClickHouse();
    expect(await storeBlock(store, aBlock(), noAlarm)).toEqual({ how: 'inserted' });
    expect(store.inserted).toEqual(['events/1/100']);
  });

  test('an answer lost after the insert is found, not doubled', async () => {
    const store = new SmallClickHouse(['lost after']);
    expect(await storeBlock(store, aBlock(), noAlarm)).toEqual({ how: 'found' });
    expect(store).toMatchObject({ rows: 3, inserted: ['events/1/100'] });
  });

  test('an insert that never arrived is repeated with the same token', async () => {
    const store = new SmallClickHouse(['lost before']);
    expect(await storeBlock(store, aBlock(), noAlarm)).toEqual({ how: 'repeated' });
    expect(store).toMatchObject({ rows: 3, inserted: ['events/1/100', 'events/1/100'] });
  });

  test('a token without its part is repaired with another token', async () => {
    const store = new SmallClickHouse(['token eaten']);
    expect(await storeBlock(store, aBlock(), noAlarm)).toEqual({ how: 'repaired' });
    expect(store).toMatchObject({ rows: 3, inserted: ['events/1/100', 'events/1/100', 'events/1/100/r1'] });
  });

  test('a repair token that was eaten in an earlier life is followed by the next one', async () => {
    const store = new SmallClickHouse();
    store.tokens.add('events/1/100').add('events/1/100/r1').add('events/1/100/r2');
    expect(await storeBlock(store, aBlock({ takeOver: true }), noAlarm)).toEqual({ how: 'repaired' });
    expect(store.inserted.at(-1)).toBe('events/1/100/r3');
    expect(store.rows).toBe(3);
  });

  test('an insert that still runs is awaited before anything is read', async () => {
    const store = new SmallClickHouse(['still running']);
    expect(await storeBlock(store, aBlock(), noAlarm)).toEqual({ how: 'found' });
    expect(store.rows).toBe(3);
  });

  test('a take-over reads back before it inserts', async () => {
    const store = new SmallClickHouse();
    store.rows = 3; // and the token is gone, as after a power cut
    expect(await storeBlock(store, aBlock({ takeOver: true }), noAlarm)).toEqual({ how: 'found' });
    expect(store.inserted).toEqual([]);
  });

  test('a refusal with nothing stored is passed on and not repeated', async () => {
    const store = new SmallClickHouse();
    const refusal = new ClickHouseError('241', 'MEMORY_LIMIT_EXCEEDED');
    store.insert = async (_block, token) => {
      store.inserted.push(token);
      throw refusal;
    };
    await expect(storeBlock(store, aBlock(), noAlarm)).rejects.toBe(refusal);
    expect(store.inserted).toHaveLength(1);
  });

  test('some of the rows are an alarm and an error, and nothing is inserted', async () => {
    const store = new SmallClickHouse();
    store.rows = 2;
    const alarms: BlockAlarm[] = [];
    const stored = storeBlock(store, aBlock({ takeOver: true }), (alarm) => alarms.push(alarm));
    await expect(stored).rejects.toMatchObject({ code: 'block_partial' });
    expect(alarms).toMatchObject([{ code: 'block_partial', expectedRows: 3, found: { rows: 2 } }]);
    expect(store.inserted).toEqual([]);
  });

  test('too many rows are an alarm; nothing is missing, so the batch goes on', async () => {
    const store = new SmallClickHouse();
    store.rows = 6;
    store.offsets = 3;
    const alarms: BlockAlarm[] = [];
    const result = await storeBlock(store, aBlock({ takeOver: true }), (alarm) => alarms.push(alarm));
    expect(result).toEqual({ how: 'found' });
    expect(alarms).toMatchObject([{ code: 'block_surplus', found: { rows: 6, offsets: 3 } }]);
  });

  test('as many rows as expected with an offset twice are not the block', async () => {
    const store = new SmallClickHouse();
    store.rows = 3;
    store.offsets = 2;
    const stored = storeBlock(store, aBlock({ takeOver: true }), () => {});
    await expect(stored).rejects.toMatchObject({ code: 'block_partial' });
  });

  test('a table with several rows of one offset is counted by rows', async () => {
    const store = new SmallClickHouse();
    store.rows = 3;
    store.offsets = 1;
    const block = aBlock({ takeOver: true, oneRowPerOffset: false });
    expect(await storeBlock(store, block, noAlarm)).toEqual({ how: 'found' });
  });

  test('an empty block stores nothing', async () => {
    const store = new SmallClickHouse();
    await storeBlock(store, aBlock({ rows: 0, body: new Uint8Array() }), noAlarm);
    expect(store.inserted).toEqual([]);
  });

  test('inserts that succeed and never store anything end with an error', async () => {
    const store = new SmallClickHouse();
    store.readBack = async () => ({ rows: 0, offsets: 0 });
    const stored = storeBlock(store, aBlock({ takeOver: true }), noAlarm);
    await expect(stored).rejects.toMatchObject({ code: 'block_lost' });
  });

  test.each([
    ['a name that is none', { table: 'events; DROP TABLE events' }],
    ['a column that is none', { columns: ['a) SELECT 1'] }],
    ['a topic with signs of its own', { topic: "a'/b" }],
    ['a month crossed', { receivedFrom: Date.UTC(2026, 10, 30), receivedTo: Date.UTC(2026, 11, 1) + 1 }],
    ['an empty range', { receivedTo: november }],
    ['a last offset before the first', { last: 99 }],
    ['rows that are no count', { rows: Number.NaN }],
  ])('refuses %s', async (_what, overrides) => {
    const store = new SmallClickHouse();
    await expect(storeBlock(store, aBlock(overrides), noAlarm)).rejects.toMatchObject({
      code: 'block_invalid',
    });
    expect(store.inserted).toEqual([]);
  });

  test('a batch may end with the last millisecond of a month', async () => {
    const range = { receivedFrom: Date.UTC(2026, 10, 30), receivedTo: Date.UTC(2026, 11, 1) };
    expect(await storeBlock(new SmallClickHouse(), aBlock(range), noAlarm)).toEqual({ how: 'inserted' });
  });

  test('whatever goes wrong and however often it is called again, the rows are there once', async () => {
    const faults = fc.constantFrom<Fault>(
      'none',
      'lost before',
      'lost after',
      'token eaten',
      'still running',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(faults, { maxLength: 8 }), async (list) => {
        const store = new SmallClickHouse(list);
        for (let attempt = 0; attempt < 20; attempt++) {
          try {
            await storeBlock(store, aBlock({ takeOver: attempt > 0 }), noAlarm);
            break;
          } catch (error) {
            if (!isTransient(error)) throw error;
          }
        }
        expect(store.rows).toBe(3);
        expect(store.inserted.every((token) => token.startsWith(tokenOf(aBlock())))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
