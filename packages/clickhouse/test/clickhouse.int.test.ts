import { type TestClickHouse, testClickHouse } from '@culprit/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  count,
  createClickHouse,
  defineQuery,
  isTransient,
  RowBinaryWriter,
  registeredQueries,
  time,
  uint64,
} from '../src/index.ts';

let store: TestClickHouse;

beforeAll(async () => {
  store = await testClickHouse();
});
afterAll(() => store.drop());

const echo = defineQuery({
  name: 'test_echo',
  params: { n: z.number(), text: z.string(), list: z.array(z.string()), at: z.number() },
  row: z.object({ n: uint64, text: z.string(), list: z.array(z.string()), at: time, half: z.number() }),
  sql: `SELECT {n:UInt64} AS n, {text:String} AS text, {list:Array(String)} AS list,
    fromUnixTimestamp64Milli({at:Int64}, 'UTC') AS at, 0.5 AS half`,
});
const numbers = defineQuery({
  name: 'test_numbers',
  params: { limit: z.number().max(10) },
  row: z.object({ number: count }),
  sql: 'SELECT number FROM numbers({limit:UInt64})',
});
const misshapen = defineQuery({
  name: 'test_misshapen',
  params: {},
  row: z.object({ secret: z.number() }),
  sql: `SELECT 'an event' AS secret`,
});
const slow = defineQuery({
  name: 'test_slow',
  params: {},
  row: z.object({}),
  sql: 'SELECT sum(sipHash64(number)) AS s FROM numbers(100000000000)',
});
const noSuchColumn = defineQuery({
  name: 'test_no_such_column',
  params: {},
  row: z.object({}),
  sql: 'SELECT no_such_column FROM events',
});

describe('a query', () => {
  test('gets values back as they went in, whatever signs they hold', async () => {
    const text = `it's "quoted"\n\n\\ tab\t {n:UInt64} €`;
    const at = Date.UTC(2026, 10, 20, 1, 2, 3, 4);
    const rows = await store.clickhouse.query(echo, { n: 2 ** 53 - 1, text, list: [text, ''], at });
    expect(rows).toEqual([{ n: '9007199254740991', text, list: [text, ''], at, half: 0.5 }]);
  });

  test('typed by its row', async () => {
    const rows: { number: number }[] = await store.clickhouse.query(numbers, { limit: 3 });
    expect(rows).toEqual([{ number: 0 }, { number: 1 }, { number: 2 }]);
  });

  test('is not sent with parameters that do not fit', async () => {
    await expect(store.clickhouse.query(numbers, { limit: 11 })).rejects.toMatchObject({ code: 'params' });
    const surplus = { limit: 1, other: 1 };
    await expect(store.clickhouse.query(numbers, surplus)).rejects.toMatchObject({ code: 'params' });
  });

  test('may carry 2,000 ids, and is not sent with parameters that no address can hold', async () => {
    const ids = Array.from({ length: 2_000 }, (_, i) => i.toString(16).padStart(32, '0'));
    const [row] = await store.clickhouse.query(echo, { n: 1, text: '', list: ids, at: 0 });
    expect(row?.list).toEqual(ids);
    const tooLong = { n: 1, text: 'x'.repeat(1_000_000), list: [], at: 0 };
    await expect(store.clickhouse.query(echo, tooLong)).rejects.toMatchObject({ code: 'params' });
  });

  test('with rows of another shape fails without telling their content', async () => {
    const failure = await store.clickhouse.query(misshapen, {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'row_shape' });
    expect(String(failure)).not.toContain('an event');
  });

  test('that ClickHouse refuses carries its code', async () => {
    const failure = await store.clickhouse.query(noSuchColumn, {}).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: '47' });
    expect(isTransient(failure)).toBe(false);
  });

  test('ends after its time', async () => {
    const settings = { max_execution_time: 0.2, timeout_overflow_mode: 'throw' };
    const failure = await store.clickhouse.query(slow, {}, { settings }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: '159' });
    expect(isTransient(failure)).toBe(true);
  });

  test('can be aborted', async () => {
    const failure = await store.clickhouse
      .query(slow, {}, { signal: AbortSignal.timeout(100) })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'aborted' });
  });

  test('of a server that is not there is a transient failure', async () => {
    const nowhere = createClickHouse({ url: 'http://127.0.0.1:1/x' });
    const failures = await Promise.all([
      nowhere.query(numbers, { limit: 1 }).catch((error: unknown) => error),
      nowhere.ping().catch((error: unknown) => error),
      nowhere.createDatabase().catch((error: unknown) => error),
    ]);
    await nowhere.close();
    expect(failures.map(isTransient)).toEqual([true, true, true]);
  });

  test('is answered compressed where that is asked for', async () => {
    const far = createClickHouse({ url: store.url, compressResponses: true });
    expect(await far.query(numbers, { limit: 2 })).toEqual([{ number: 0 }, { number: 1 }]);
    await far.close();
  });

  test('is explained with sample parameters', async () => {
    expect((await store.clickhouse.explain(echo)).length).toBeGreaterThan(0);
    await expect(store.clickhouse.explain(noSuchColumn)).rejects.toMatchObject({ code: '47' });
  });
});

test('every query of this package fits the schema', async () => {
  const own = registeredQueries().filter((query) => !query.name.startsWith('test_'));
  expect(own.length).toBeGreaterThan(0);
  for (const query of own) expect(await store.clickhouse.explain(query), query.name).not.toEqual([]);
});

test('the database is made where it is missing, once', async () => {
  expect(await store.clickhouse.createDatabase()).toBe(false);
  await store.clickhouse.ping();
});

const typed = defineQuery({
  name: 'test_typed',
  params: {},
  row: z.record(z.string(), z.unknown()),
  sql: 'SELECT * FROM typed ORDER BY u8',
});

test('what RowBinaryWriter writes is what ClickHouse reads', async () => {
  await store.clickhouse.command(`CREATE TABLE typed
    (u8 UInt8, u16 UInt16, u32 UInt32, u64 UInt64, hash UInt64, f32 Float32, second DateTime('UTC'), ms DateTime64(3, 'UTC'),
     id UUID, text String, low LowCardinality(String), list Array(String), map Map(LowCardinality(String), String),
     fixed FixedString(4), log_partition UInt16, log_offset UInt64, received DateTime64(3, 'UTC'))
    ENGINE = MergeTree ORDER BY u8 SETTINGS non_replicated_deduplication_window = 100`);
  const at = Date.UTC(2026, 10, 20, 1, 2, 3, 4);
  const writer = new RowBinaryWriter(64);
  for (const offset of [7, 8]) {
    writer.uint8(offset);
    writer.uint16(65_535);
    writer.uint32(4_294_967_295);
    writer.uint64(18_446_744_073_709_551_615n);
    writer.uint64Hex('0123456789abcdef');
    writer.float32(0.25);
    writer.dateTime(at);
    writer.dateTime64(at);
    writer.uuid('00112233445566778899aabbccddeeff');
    writer.string(`a\n\nb€${'x'.repeat(200)}`);
    writer.string('production');
    writer.strings(['', 'id:42']);
    writer.stringMap([
      ['k', 'v'],
      ['l', ''],
    ]);
    writer.fixedString('ab', 4);
    writer.uint16(3);
    writer.uint64(offset);
    writer.dateTime64(at);
    writer.endRow();
  }
  await store.clickhouse.storeBlock({
    table: 'typed',
    columns: [
      'u8',
      'u16',
      'u32',
      'u64',
      'hash',
      'f32',
      'second',
      'ms',
      'id',
      'text',
      'low',
      'list',
      'map',
      'fixed',
      'log_partition',
      'log_offset',
      'received',
    ],
    body: writer.body(),
    rows: writer.rows,
    topic: 'events',
    partition: 3,
    first: 7,
    last: 8,
    receivedFrom: at,
    receivedTo: at + 1,
    oneRowPerOffset: true,
    takeOver: false,
  });
  const row = {
    u8: 7,
    u16: 65_535,
    u32: 4_294_967_295,
    u64: '18446744073709551615',
    hash: String(0x0123456789abcdefn),
    f32: 0.25,
    second: '2026-11-20 01:02:03',
    ms: '2026-11-20 01:02:03.004',
    id: '00112233-4455-6677-8899-aabbccddeeff',
    text: `a\n\nb€${'x'.repeat(200)}`,
    low: 'production',
    list: ['', 'id:42'],
    map: { k: 'v', l: '' },
    fixed: 'ab\0\0',
    log_partition: 3,
    log_offset: '7',
    received: '2026-11-20 01:02:03.004',
  };
  expect(await store.clickhouse.query(typed, {})).toEqual([row, { ...row, u8: 8, log_offset: '8' }]);
});
