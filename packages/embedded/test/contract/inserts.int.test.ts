import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawRequest } from '../raw-http.ts';
import { openStoreUnderTest, type StoreUnderTest } from './store-under-test.ts';

let store: StoreUnderTest;
beforeAll(async () => {
  store = await openStoreUnderTest();
});
afterAll(() => store.close());

async function rows<T>(query: string): Promise<T[]> {
  return (await store.client.query({ query, format: 'JSONEachRow' })).json<T>();
}

async function createTable(name: string, columns: string): Promise<void> {
  await store.client.command({
    query: `CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY tuple() SETTINGS non_replicated_deduplication_window = 100`,
  });
}

describe('the data of an insert', () => {
  test('is never run as SQL, whatever is in it', async () => {
    await createTable('victim', 'a UInt64');
    await createTable('texts', 's String');
    const attacks: [format: string, body: string][] = [
      ['JSONEachRow', '{"s":"a"}\n\nDROP TABLE victim\n'],
      ['JSONEachRow', '{"s":"a"};\n\nDROP TABLE victim;\n'],
      ['JSONEachRow', '\n\nDROP TABLE victim'],
      ['TabSeparated', 'a\n\nDROP TABLE victim\n'],
      ['CSV', 'a\r\n\r\nDROP TABLE victim\r\n'],
      ['Values', "('a');\n\nDROP TABLE victim"],
      ['Values', "('a')\n\nDROP TABLE victim"],
      ['LineAsString', 'a;\n\n\nDROP TABLE victim;'],
    ];
    for (const [format, body] of attacks) {
      await rawRequest(store.url, { parameters: { query: `INSERT INTO texts FORMAT ${format}` }, body });
      await rawRequest(store.url, { body: `INSERT INTO texts FORMAT ${format}\n${body}` });
      await rawRequest(store.url, {
        parameters: { query: 'INSERT INTO texts' },
        body: `FORMAT ${format}\n${body}`,
      });
      expect(await rows('EXISTS TABLE victim'), format).toEqual([{ result: 1 }]);
    }
  });

  test('is its own alone: nothing of a longer one before, of a refused one, or of one sent at the same time', async () => {
    await createTable('bodies', 'insert UInt32, s String');
    const query = 'INSERT INTO bodies FORMAT JSONEachRow';
    const send = (insert: number, length: number, count: number, end = ''): Promise<{ status: number }> => {
      const row = `${JSON.stringify({ insert, s: String(insert % 10).repeat(length) })}\n`;
      return rawRequest(store.url, { parameters: { query }, body: row.repeat(count) + end });
    };
    const wanted: { insert: number; n: number; bytes: number }[] = [];
    for (let round = 0; round < 8; round++) {
      const sizes = [5_000, 10, 900, 1, 30_000, 200].map((size, i) => ({ insert: round * 10 + i, size }));
      const answers = await Promise.all(
        sizes.map(({ insert, size }) => send(insert, size, 1 + (insert % 7))),
      );
      expect(answers.map(({ status }) => status)).toEqual(sizes.map(() => 200));
      for (const { insert, size } of sizes) {
        wanted.push({ insert, n: 1 + (insert % 7), bytes: size * (1 + (insert % 7)) });
      }
      expect((await send(1_000, 20_000, 3, '{"insert": "no number"}')).status).toBe(400);
    }
    const found = await rows<{ insert: number; n: string; bytes: string }>(
      "SELECT insert, count() n, sum(length(replaceAll(s, toString(insert % 10), '.'))) bytes FROM bodies WHERE NOT match(s, '[^0-9]') GROUP BY insert ORDER BY insert",
    );
    expect(found.map(({ insert, n, bytes }) => ({ insert, n: Number(n), bytes: Number(bytes) }))).toEqual(
      wanted,
    );
  });

  test('may have empty lines', async () => {
    await createTable('lines', 's String');
    const parameters = { query: 'INSERT INTO lines FORMAT TabSeparated' };
    expect((await rawRequest(store.url, { parameters, body: 'a\n\nb\n' })).status).toBe(200);
    expect(await rows('SELECT s FROM lines')).toEqual([{ s: 'a' }, { s: '' }, { s: 'b' }]);
  });

  test('may be RowBinary with line breaks in it', async () => {
    await createTable('binary', 'n UInt64, s String');
    const text = 'a\n\nb\n\n\n';
    const row = Buffer.concat([
      Buffer.from([0x0a, 0x0a, 0x0a, 0x0a, 0, 0, 0, 0]),
      Buffer.from([text.length]),
      Buffer.from(text),
    ]);
    const query = 'INSERT INTO binary (n, s) FORMAT RowBinary';
    const plain = await rawRequest(store.url, {
      parameters: { query },
      body: Buffer.concat([row, row, row]),
    });
    expect(plain.status, plain.text).toBe(200);
    const packed = await rawRequest(store.url, {
      parameters: { query },
      body: gzipSync(Buffer.concat([row, row])),
      headers: { 'content-encoding': 'gzip' },
    });
    expect(packed.status, packed.text).toBe(200);
    expect(
      await rows('SELECT toUInt32(n) AS n, s, toUInt32(count()) AS c FROM binary GROUP BY n, s'),
    ).toEqual([{ n: 0x0a0a0a0a, s: text, c: 5 }]);
  });

  test('is stored wholly or, with one bad row, not at all', async () => {
    await createTable('whole', 'a UInt8');
    await expect(
      store.client.insert({
        table: 'whole',
        values: [{ a: 1 }, { a: 'not a number' }],
        format: 'JSONEachRow',
      }),
    ).rejects.toThrow();
    expect(await rows('SELECT * FROM whole')).toEqual([]);
  });

  test('may stand in the statement', async () => {
    await createTable('inline', 'a UInt8, s String');
    await store.client.command({ query: "INSERT INTO inline VALUES (1, 'é;'), (2, concat('a', 'b'))" });
    await store.client.command({ query: "INSERT INTO inline (a, s) SELECT 3, 'FORMAT x'" });
    await store.client.command({
      query: 'INSERT INTO inline (s, a) SETTINGS async_insert = 0 FORMAT JSONEachRow {"a":4,"s":"d"}',
    });
    expect(await rows('SELECT * FROM inline ORDER BY a')).toEqual([
      { a: 1, s: 'é;' },
      { a: 2, s: 'ab' },
      { a: 3, s: 'FORMAT x' },
      { a: 4, s: 'd' },
    ]);
  });

  test('may be empty', async () => {
    await createTable('nothing', 'a UInt8');
    const answer = await rawRequest(store.url, {
      parameters: { query: 'INSERT INTO nothing FORMAT JSONEachRow' },
    });
    expect(answer.status, answer.text).toBe(200);
  });
});

describe('a deduplication token', () => {
  const batch = (marker: string) =>
    Array.from({ length: 500 }, (_, index) => ({ n: index, s: `${marker}\n\n${'payload '.repeat(40)}` }));
  const insert = (table: string, values: object[], token?: string) =>
    store.client.insert({
      table,
      values,
      format: 'JSONEachRow',
      clickhouse_settings: {
        async_insert: 0,
        ...(token === undefined ? {} : { insert_deduplication_token: token }),
      },
    });
  const stored = (table: string) =>
    rows(`SELECT toUInt32(count()) AS c, toUInt32(uniqExact(n)) AS u FROM ${table}`);

  test('stores one of two batches that are sent at once', async () => {
    await createTable('twins', 'n UInt64, s String');
    for (let round = 1; round <= 5; round += 1) {
      const values = batch(String(round)).map((row) => ({ ...row, n: row.n + round * 500 }));
      await Promise.all([
        insert('twins', values, `log/0/${round}`),
        insert('twins', values, `log/0/${round}`),
      ]);
      expect(await stored('twins')).toEqual([{ c: round * 500, u: round * 500 }]);
    }
  });

  test('stores one batch that is sent again, also with other rows, and one part of it', async () => {
    await createTable('again', 'n UInt64, s String');
    await insert('again', batch('first'), 'log/0/0');
    await insert('again', batch('other'), 'log/0/0');
    expect(await stored('again')).toEqual([{ c: 500, u: 500 }]);
    expect(
      await rows(
        "SELECT toUInt32(rows) AS r FROM system.parts WHERE active AND table = 'again' AND database = currentDatabase()",
      ),
    ).toEqual([{ r: 500 }]);
  });

  test('does not outlive its request', async () => {
    await createTable('tokens', 'n UInt64, s String');
    await insert('tokens', [{ n: 1, s: 'a' }], 'log/0/0');
    await insert('tokens', [{ n: 2, s: 'b' }]);
    await insert('tokens', [{ n: 3, s: 'c' }]);
    expect(await stored('tokens')).toEqual([{ c: 3, u: 3 }]);
  });
});

describe('a statement', () => {
  test('comes alone', async () => {
    await createTable('alone', 'a UInt8');
    const attempts = [
      'SELECT 1; DROP TABLE alone',
      'SELECT 1;\n\nDROP TABLE alone',
      "SELECT 'it''s' ; DROP TABLE alone",
      "SELECT '\\\\'; DROP TABLE alone --'",
      'SELECT 1 /* ; */ ; DROP TABLE alone',
      'INSERT INTO alone SELECT 1; DROP TABLE alone',
      'INSERT INTO alone SETTINGS async_insert = 0; DROP TABLE alone',
    ];
    for (const body of attempts) {
      const answer = await rawRequest(store.url, { body });
      expect(answer.headers['x-clickhouse-exception-code'], body).toBeDefined();
      expect(await rows('EXISTS TABLE alone'), body).toEqual([{ result: 1 }]);
    }
    expect((await rawRequest(store.url, { body: "SELECT ';', 2 -- ; three\n;\n" })).text).toBe(';\t2\n');
  });

  test('that changes something answers nothing', async () => {
    await createTable('changing', 'a UInt8');
    for (const query of [
      'ALTER TABLE changing ADD COLUMN b String',
      'OPTIMIZE TABLE changing FINAL',
      'SYSTEM STOP MERGES changing',
      'SYSTEM START MERGES changing',
      'RENAME TABLE changing TO changed',
      'TRUNCATE TABLE changed',
      'DROP TABLE changed SYNC',
    ]) {
      const answer = await rawRequest(store.url, { body: query });
      expect(answer, query).toMatchObject({ status: 200, text: '' });
    }
  });
});
