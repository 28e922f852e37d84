import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from '../raw-http.ts';
import { until } from '../until.ts';
import { newClient, openStoreUnderTest, type StoreUnderTest } from './store-under-test.ts';

/** More than there are places for reads, so that each of them is used again. */
const everyPlace = Array.from({ length: 9 }, (_, index) => index);

let store: StoreUnderTest;
beforeAll(async () => {
  store = await openStoreUnderTest();
});
afterAll(() => store.close());

async function rows<T>(query: string, options: object = {}): Promise<T[]> {
  const result = await store.client.query({ query, format: 'JSONEachRow', ...options });
  return result.json<T>();
}

describe('a request', () => {
  test('is answered in the format that it names, and by default as tab separated', async () => {
    const ask = async (parameters: Record<string, string>) =>
      (await rawRequest(store.url, { parameters })).text;
    expect(await ask({ query: "SELECT 1, 'a\tb'" })).toBe('1\ta\\tb\n');
    expect(await ask({ query: "SELECT 1, 'a'", default_format: 'CSV' })).toBe('1,"a"\n');
    expect(await ask({ query: 'SELECT 1 AS n FORMAT JSONEachRow', default_format: 'CSV' })).toBe('{"n":1}\n');
    const answer = await rawRequest(store.url, { body: "SELECT 1::UInt16, 'é' FORMAT RowBinary" });
    expect(answer.body).toEqual(Buffer.from([1, 0, 2, 0xc3, 0xa9]));
    expect(answer.headers['x-clickhouse-format']).toBe('RowBinary');
  });

  test('may be compressed, and so may its answer', async () => {
    const answer = await rawRequest(store.url, {
      body: gzipSync("SELECT repeat('x', 5000)"),
      headers: { 'content-encoding': 'gzip', 'accept-encoding': 'gzip' },
      parameters: { enable_http_compression: '1' },
    });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(answer.body).toString()).toBe(`${'x'.repeat(5000)}\n`);
  });

  test('carries parameters as they are, whatever signs are in them', async () => {
    const texts = [
      "it's",
      'a\\b',
      'tab\tand\nbreak',
      '"quoted"',
      "'; DROP TABLE x --",
      'é漢🙂',
      '{a:String}',
      '',
    ];
    const [row] = await rows<{
      list: string[];
      text: string;
      n: string;
      none: null;
      day: string;
      big: string;
    }>(
      'SELECT {list:Array(String)} AS list, {text:String} AS text, {n:UInt64} AS n, {none:Nullable(String)} AS none, {day:Date} AS day, {big:Array(UInt64)}[1] AS big',
      {
        query_params: {
          list: texts,
          text: texts.join('|'),
          n: 7,
          none: null,
          day: '2026-11-20',
          big: [18446744073709551615n],
        },
        clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
      },
    );
    expect(row).toEqual({
      list: texts,
      text: texts.join('|'),
      n: '7',
      none: null,
      day: '2026-11-20',
      big: '18446744073709551615',
    });
  });

  test('leaves no parameter to the next one', async () => {
    for (const _ of everyPlace) {
      expect(await rows('SELECT {tenant:String} AS t', { query_params: { tenant: 'first' } })).toEqual([
        { t: 'first' },
      ]);
      await expect(rows('SELECT {tenant:String} AS t')).rejects.toMatchObject({ code: '456' });
    }
  });

  test('leaves no setting to the next one, also when it failed', async () => {
    const asked =
      "SELECT toString(getSetting('max_block_size')) AS size, toString(getSetting('readonly')) AS readonly, getSetting('log_comment') AS comment";
    const [usual] = await rows<object>(asked);
    for (const place of everyPlace) {
      const clickhouse_settings = { max_block_size: '777', log_comment: 'first', readonly: '2' };
      expect(await rows(asked, { clickhouse_settings })).toEqual([
        { size: '777', readonly: '2', comment: 'first' },
      ]);
      expect(await rows(asked)).toEqual([usual]);
      await expect(rows(`SELECT no_such_column_${place}`, { clickhouse_settings })).rejects.toMatchObject({
        code: '47',
      });
      expect(await rows(asked)).toEqual([usual]);
    }
  });

  test('leaves no database to the next one', async () => {
    for (const _ of everyPlace) {
      const parameters = { query: 'SELECT currentDatabase()' };
      expect((await rawRequest(store.url, { parameters: { ...parameters, database: 'system' } })).text).toBe(
        'system\n',
      );
      expect(
        (await rawRequest(store.url, { parameters, headers: { 'x-clickhouse-database': '' } })).text,
      ).toBe('default\n');
    }
  });

  test('that failed half-way leaves no rows to the next one', async () => {
    for (const _ of everyPlace) {
      await expect(
        rows("SELECT 'secret of another tenant' AS s, throwIf(number = 900000) FROM numbers(1000000)"),
      ).rejects.toMatchObject({ code: '395' });
      // Without a database: to choose one is a statement of its own, which would take the rows.
      const next = await rawRequest(store.url, {
        body: 'SELECT 1',
        headers: { 'x-clickhouse-database': '' },
      });
      expect(next.text).toBe('1\n');
    }
  });

  test('by GET cannot change anything', async () => {
    const answer = await rawRequest(store.url, {
      method: 'GET',
      parameters: { query: 'CREATE TABLE by_get (a UInt8) ENGINE = Memory' },
    });
    expect(answer.headers['x-clickhouse-exception-code']).toBe('164');
    expect((await rawRequest(store.url, { method: 'GET', parameters: { query: 'SELECT 2' } })).text).toBe(
      '2\n',
    );
  });

  test('says what it read', async () => {
    const answer = await rawRequest(store.url, { body: 'SELECT number FROM numbers(1000) FORMAT Null' });
    const summary = JSON.parse(String(answer.headers['x-clickhouse-summary'])) as Record<string, string>;
    expect(summary).toHaveProperty('read_rows');
    expect(summary).toHaveProperty('elapsed_ns');
  });
});

describe('a refusal', () => {
  test('names code and kind as ClickHouse does, in header and text', async () => {
    const cases: [query: string, code: string, kind: string, status: number][] = [
      ['SELEC 1', '62', 'SYNTAX_ERROR', 400],
      ['SELECT nope', '47', 'UNKNOWN_IDENTIFIER', 404],
      ['SELECT * FROM nope', '60', 'UNKNOWN_TABLE', 404],
      ['SELECT nope()', '46', 'UNKNOWN_FUNCTION', 404],
      ["SELECT toUInt8('x')", '6', 'CANNOT_PARSE_TEXT', 400],
      ['', '62', 'SYNTAX_ERROR', 400],
    ];
    for (const [query, code, kind, status] of cases) {
      const answer = await rawRequest(store.url, { body: query });
      expect(answer, query).toMatchObject({ status, headers: { 'x-clickhouse-exception-code': code } });
      expect(answer.text).toMatch(
        new RegExp(`^Code: ${code}\\. DB::Exception: .*\\(${kind}\\) \\(version `, 's'),
      );
    }
  });

  test('points at the place in the text that the client sent', async () => {
    const answer = await rawRequest(store.url, { body: 'SELECT 1 1' });
    expect(answer.text).toContain('failed at position 10 (1)');
  });

  test('of an unknown setting fails the request', async () => {
    const clickhouse_settings = { no_such_setting: '1' };
    await expect(rows('SELECT 1', { clickhouse_settings })).rejects.toMatchObject({
      code: '115',
      type: 'UNKNOWN_SETTING',
    });
  });

  test('meets whoever has no password or a wrong one', async () => {
    const wrong = new URL(store.url);
    wrong.password = 'wrong';
    await expect(newClient(wrong.href).query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
    wrong.username = 'nobody';
    const answer = await rawRequest(wrong.href, { body: 'SELECT 1' });
    expect(answer.status).toBe(403);
    const byHeader = await rawRequest(store.url, {
      body: 'SELECT 1',
      headers: { authorization: '', 'x-clickhouse-user': 'nobody', 'x-clickhouse-key': 'x' },
    });
    expect(byHeader.headers['x-clickhouse-exception-code']).toBe('516');
  });

  test('does not meet a ping, nor a password in the headers', async () => {
    expect(await store.client.ping()).toEqual({ success: true });
    const { username, password } = new URL(store.url);
    const answer = await rawRequest(store.url, {
      body: 'SELECT 3',
      headers: {
        authorization: '',
        'x-clickhouse-user': username,
        'x-clickhouse-key': decodeURIComponent(password),
      },
    });
    expect(answer.text).toBe('3\n');
  });

  test('comes when a query runs too long or takes too much memory', async () => {
    await expect(
      rows('SELECT count() FROM numbers(1000000000000)', { clickhouse_settings: { max_execution_time: 1 } }),
    ).rejects.toMatchObject({ code: '159' });
    await expect(
      rows('SELECT groupArray(number) FROM numbers(10000000)', {
        clickhouse_settings: { max_memory_usage: '20000000' },
      }),
    ).rejects.toMatchObject({ code: '241' });
  });

  test('after many rows makes the client throw, never a short answer', async () => {
    const read = async (): Promise<number> => {
      const result = await store.client.query({
        query: 'SELECT number, throwIf(number = 1500000) FROM numbers(2000000)',
        format: 'JSONEachRow',
      });
      let seen = 0;
      for await (const chunk of result.stream()) seen += chunk.length;
      return seen;
    };
    await expect(read()).rejects.toThrow();
  });
});

describe('a running query', () => {
  const isRunning = async (word: string): Promise<boolean> => {
    const found = await rows<{ c: number }>(
      `SELECT toUInt32(count()) AS c FROM system.processes WHERE query LIKE '%${word}%' AND query NOT LIKE '%system.processes%'`,
    );
    return found[0]?.c !== 0;
  };

  test('is killed when its client hangs up', async () => {
    const hangUp = new AbortController();
    const reading = rows('SELECT count() AS hang_up_me FROM numbers(1000000000000)', {
      abort_signal: hangUp.signal,
      clickhouse_settings: { cancel_http_readonly_queries_on_client_close: 1 },
    });
    reading.catch(() => undefined);
    await until(() => isRunning('hang_up_me'), 'the query runs');
    hangUp.abort();
    await expect(reading).rejects.toThrow();
    await until(async () => !(await isRunning('hang_up_me')), 'the query is gone');
  });

  test('is killed by the id that its client gave it', async () => {
    const query_id = `kill-me-${Date.now()}`;
    const reading = rows('SELECT count() AS kill_me FROM numbers(1000000000000)', { query_id });
    const failed = expect(reading).rejects.toMatchObject({ code: '394' });
    await until(() => isRunning('kill_me'), 'the query runs');
    await store.client.command({ query: `KILL QUERY WHERE query_id = '${query_id}' ASYNC` });
    await failed;
  });

  test('does not delay an insert, even when all places for reads are taken', async () => {
    await store.client.command({ query: 'CREATE TABLE meanwhile (a UInt64) ENGINE = MergeTree ORDER BY a' });
    const stop = new AbortController();
    const read = (query: string) =>
      rows(query, { abort_signal: stop.signal }).then(
        () => 'answered',
        () => 'ended',
      );
    const slow = everyPlace
      .slice(0, 6)
      .map(() => read('SELECT sleepEachRow(1) FROM numbers(30) SETTINGS max_block_size = 1'));
    const began = performance.now();
    await store.client.insert({ table: 'meanwhile', values: [{ a: 1 }], format: 'JSONEachRow' });
    expect(performance.now() - began).toBeLessThan(15_000); // the reads take 30 s
    if (store.isEmbedded) {
      const waiting = await Promise.race([read('SELECT 1'), delay(300, 'waits')]);
      expect(waiting).toBe('waits'); // so the places were indeed taken
    }
    stop.abort();
    expect(await Promise.all(slow)).toEqual(slow.map(() => 'ended'));
  });
});
