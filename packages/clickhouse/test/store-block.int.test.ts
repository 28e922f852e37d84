import { createServer, request, type Server } from 'node:http';
import { eventually, type TestClickHouse, testClickHouse } from '@culprit/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type Block,
  type ClickHouse,
  count,
  createClickHouse,
  defineQuery,
  RowBinaryWriter,
  tokenOf,
} from '../src/index.ts';

const november = Date.UTC(2026, 10, 20);
const MIB = 1024 * 1024;

let store: TestClickHouse;
let proxy: FaultyProxy;
/** Talks to ClickHouse through the proxy. */
let unlucky: ClickHouse;

beforeAll(async () => {
  store = await testClickHouse();
});
afterAll(() => store.drop());
beforeEach(async () => {
  proxy = await startProxy(store.url);
  unlucky = createClickHouse({ url: proxy.url, requestTimeoutMs: 5_000 });
});
afterEach(async () => {
  await unlucky.close();
  await proxy.close();
});

const stored = defineQuery({
  name: 'test_stored',
  params: { partition: z.number() },
  row: z.object({ rows: count, offsets: count, parts: count }),
  sql: `SELECT count() AS rows, uniqExact(log_offset) AS offsets, uniqExact(_part) AS parts
    FROM events WHERE log_partition = {partition:UInt16}`,
});
const openMutations = defineQuery({
  name: 'test_open_mutations',
  params: {},
  row: z.object({ open: count }),
  sql: 'SELECT count() AS open FROM system.mutations WHERE database = currentDatabase() AND NOT is_done',
});

let nextPartition = 1;

/** A block of events in a log partition of its own. */
function aBlock(
  options: { readonly rows?: number; readonly payload?: string; readonly takeOver?: boolean } = {},
): Block {
  const { rows = 5, payload = 'x', takeOver = false } = options;
  const partition = nextPartition++;
  const writer = new RowBinaryWriter();
  for (let offset = 100; offset < 100 + rows; offset++) {
    writer.uint32(1);
    writer.dateTime64(november + offset);
    writer.uint16(partition);
    writer.uint64(offset);
    writer.string(payload);
    writer.endRow();
  }
  return {
    table: 'events',
    columns: ['project_id', 'received', 'log_partition', 'log_offset', 'payload'],
    body: writer.body(),
    rows,
    topic: 'events',
    partition,
    first: 100,
    last: 99 + rows,
    receivedFrom: november,
    receivedTo: november + 3_600_000,
    oneRowPerOffset: true,
    takeOver,
  };
}

async function rowsOf(block: Block): Promise<{ rows: number; offsets: number; parts: number }> {
  const [row] = await store.clickhouse.query(stored, { partition: block.partition });
  return row ?? { rows: 0, offsets: 0, parts: 0 };
}

/** What a kill between the token and the part leaves: the token is known, the rows are not there. */
async function eatRows(block: Block): Promise<void> {
  await store.clickhouse.command(`ALTER TABLE events DELETE WHERE log_partition = ${block.partition}`);
  await eventually('the rows are gone', async () => {
    const [mutations] = await store.clickhouse.query(openMutations, {});
    return mutations?.open === 0 && (await rowsOf(block)).rows === 0;
  });
}

describe('a block', () => {
  test.each([
    ['500 events of 16 KB', 500, 16 * 1024],
    ['100 events of 500 KB', 100, 500 * 1024],
  ])('of %s is one part', async (_what, rows, size) => {
    const block = aBlock({ rows, payload: 'abcdefgh\n\n'.repeat(size / 10) });
    expect(block.body.length).toBeGreaterThan(7 * MIB);
    expect(await store.clickhouse.storeBlock(block)).toEqual({ how: 'inserted' });
    expect(await rowsOf(block)).toEqual({ rows, offsets: rows, parts: 1 });
  });

  test('is found when it is handed in again', async () => {
    const block = aBlock();
    await store.clickhouse.storeBlock(block);
    expect(await store.clickhouse.storeBlock({ ...block, takeOver: true })).toEqual({ how: 'found' });
    expect(await rowsOf(block)).toMatchObject({ rows: 5 });
  });

  test('handed in by two owners at once is stored once', async () => {
    const block = aBlock({ rows: 500 });
    await Promise.all([
      store.clickhouse.storeBlock(block),
      unlucky.storeBlock({ ...block, takeOver: true }),
      store.clickhouse.storeBlock({ ...block, takeOver: true }),
    ]);
    expect(await rowsOf(block)).toMatchObject({ rows: 500, offsets: 500 });
  });

  test('that ClickHouse refuses is stored not at all, and the refusal is passed on', async () => {
    const block = aBlock();
    const torn = { ...block, body: block.body.subarray(0, block.body.length - 3) };
    await expect(store.clickhouse.storeBlock(torn)).rejects.toMatchObject({ name: 'ClickHouseError' });
    expect(await rowsOf(block)).toMatchObject({ rows: 0 });
    expect(await store.clickhouse.storeBlock(block)).toMatchObject({ how: expect.any(String) });
    expect(await rowsOf(block)).toMatchObject({ rows: 5 });
  });

  test('of a table with several rows an offset is counted by rows', async () => {
    const writer = new RowBinaryWriter();
    for (const outcome of ['accepted', 'invalid', 'filtered']) {
      writer.uint32(1);
      writer.dateTime64(november);
      writer.dateTime(november);
      writer.string(outcome);
      writer.uint64(1);
      writer.uint16(1);
      writer.uint64(100);
      writer.endRow();
    }
    const block: Block = {
      ...aBlock(),
      table: 'outcomes',
      columns: ['project_id', 'received', 'minute', 'outcome', 'quantity', 'log_partition', 'log_offset'],
      body: writer.body(),
      rows: writer.rows,
      partition: 1,
      oneRowPerOffset: false,
    };
    expect(await store.clickhouse.storeBlock(block)).toEqual({ how: 'inserted' });
    expect(await store.clickhouse.storeBlock({ ...block, takeOver: true })).toEqual({ how: 'found' });
    expect(store.alarms).toEqual([]);
  });
});

describe('after an unclear answer', () => {
  test('an insert that happened is found, neither lost nor doubled', async () => {
    const block = aBlock();
    proxy.faults.push('lose the answer');
    expect(await unlucky.storeBlock(block)).toEqual({ how: 'found' });
    expect(await rowsOf(block)).toMatchObject({ rows: 5, offsets: 5 });
  });

  test('an insert that never arrived is repeated', async () => {
    const block = aBlock();
    proxy.faults.push('lose the request');
    expect(await unlucky.storeBlock(block)).toEqual({ how: 'repeated' });
    expect(await rowsOf(block)).toMatchObject({ rows: 5, offsets: 5 });
  });

  test('while ClickHouse stays away the failure is transient, and the next call reads back first', async () => {
    const block = aBlock();
    proxy.faults.push('lose the answer', 'lose the request');
    await expect(unlucky.storeBlock(block)).rejects.toMatchObject({ code: 'connection' });
    proxy.statements.length = 0;
    expect(await unlucky.storeBlock(block)).toEqual({ how: 'found' });
    expect(proxy.statements.filter((statement) => statement.startsWith('INSERT'))).toEqual([]);
    expect(await rowsOf(block)).toMatchObject({ rows: 5, offsets: 5 });
  });

  test('a token whose part is not there is repaired', async () => {
    const block = aBlock();
    await store.clickhouse.storeBlock(block);
    await eatRows(block);
    expect(await store.clickhouse.storeBlock({ ...block, takeOver: true })).toEqual({ how: 'repaired' });
    expect(await rowsOf(block)).toMatchObject({ rows: 5, offsets: 5 });
    expect(await store.clickhouse.storeBlock({ ...block, takeOver: true })).toEqual({ how: 'found' });
  });

  test('a repair token whose part is not there either is followed by another', async () => {
    const block = aBlock();
    await store.clickhouse.storeBlock(block);
    await eatRows(block);
    await store.clickhouse.storeBlock({ ...block, takeOver: true });
    await eatRows(block);
    expect(await store.clickhouse.storeBlock({ ...block, takeOver: true })).toEqual({ how: 'repaired' });
    expect(await rowsOf(block)).toMatchObject({ rows: 5, offsets: 5 });
  });

  test('an insert that outlives its client is awaited, not doubled', async () => {
    await store.clickhouse.command(`CREATE TABLE slow_events
      (log_partition UInt16, log_offset UInt64, received DateTime64(3, 'UTC'), late UInt8 DEFAULT sleepEachRow(0.4))
      ENGINE = MergeTree ORDER BY log_offset SETTINGS non_replicated_deduplication_window = 100`);
    const hasty = createClickHouse({ url: store.url, requestTimeoutMs: 400 });
    const block = slowBlock();
    const first = await hasty.storeBlock(block).catch((error: unknown) => error);
    await hasty.close();
    await store.clickhouse.storeBlock({ ...block, takeOver: true });
    const [row] = await store.clickhouse.query(slowStored, {});
    expect({ first, row }).toMatchObject({ row: { rows: 4 } });
  });
});

const slowStored = defineQuery({
  name: 'test_slow_stored',
  params: {},
  row: z.object({ rows: count }),
  sql: 'SELECT count() AS rows FROM slow_events',
});

function slowBlock(): Block {
  const writer = new RowBinaryWriter();
  for (let offset = 100; offset < 104; offset++) {
    writer.uint16(1);
    writer.uint64(offset);
    writer.dateTime64(november);
    writer.endRow();
  }
  const columns = ['log_partition', 'log_offset', 'received'];
  return { ...aBlock({ rows: 4 }), table: 'slow_events', columns, body: writer.body(), partition: 1 };
}

describe('with the promise broken on purpose', () => {
  const insert = (block: Block, token: string) =>
    store.clickhouse.storeBlock({ ...block, topic: token }).then(() => undefined);

  test('another token for the repeat doubles', async () => {
    const block = aBlock();
    await insert(block, 'events');
    await insert(block, 'events-again');
    expect(await rowsOf(block)).toMatchObject({ rows: 10, offsets: 5 });
  });

  test('no read-back loses what an eaten token refuses', async () => {
    const block = aBlock();
    await insert(block, 'events');
    await eatRows(block);
    await insert(block, 'events');
    expect(await rowsOf(block)).toMatchObject({ rows: 0 });
  });

  test('rows that are there twice raise an alarm and stay', async () => {
    const block = aBlock();
    await insert(block, 'events');
    await insert(block, 'events-again');
    expect(await store.clickhouse.storeBlock({ ...block, takeOver: true })).toEqual({ how: 'found' });
    expect(store.alarms.at(-1)).toMatchObject({
      code: 'block_surplus',
      token: tokenOf(block),
      expectedRows: 5,
    });
  });

  test('half of the rows raise an alarm and an error', async () => {
    const block = aBlock();
    await store.clickhouse.storeBlock(block);
    await store.clickhouse.command(
      `ALTER TABLE events DELETE WHERE log_partition = ${block.partition} AND log_offset > 102`,
    );
    await eventually('some rows are gone', async () => (await rowsOf(block)).rows === 3);
    const storing = store.clickhouse.storeBlock({ ...block, takeOver: true });
    await expect(storing).rejects.toMatchObject({ code: 'block_partial' });
    expect(await rowsOf(block)).toMatchObject({ rows: 3 });
  });
});

type Fault = 'lose the answer' | 'lose the request';

interface FaultyProxy {
  readonly url: string;
  /** One is used up by each request, first come first served. */
  readonly faults: Fault[];
  /** What was asked for, faults or not. */
  readonly statements: string[];
  close(): Promise<void>;
}

/** Stands between a client and ClickHouse and loses what it is told to lose. */
async function startProxy(target: string): Promise<FaultyProxy> {
  const faults: Fault[] = [];
  const statements: string[] = [];
  const server: Server = createServer((incoming, outgoing) => {
    const fault = faults.shift();
    const path = incoming.url ?? '/';
    statements.push(new URL(path, target).searchParams.get('query') ?? '');
    if (fault === 'lose the request') {
      incoming.socket.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const options = { hostname, port, path, method: incoming.method, headers: incoming.headers };
    const forwarded = request(options, (answer) => {
      if (fault === 'lose the answer') {
        answer.resume().on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => incoming.socket.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  const address = server.address();
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    faults,
    statements,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
