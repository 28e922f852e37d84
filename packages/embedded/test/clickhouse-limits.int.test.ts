import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { silentLogger } from '@culprit/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedStore, startEmbeddedClickHouse } from '../src/index.ts';
import { rawRequest } from './raw-http.ts';
import { until } from './until.ts';

const mebibyte = 1024 * 1024;

let folder: string;
let store: EmbeddedStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'culprit-limits-'));
  store = await startEmbeddedClickHouse({ dataFolder: folder, password: 'secret', logger: silentLogger() });
  await rawRequest(store.url, { body: 'CREATE TABLE lines (s String) ENGINE = MergeTree ORDER BY tuple()' });
});
afterAll(async () => {
  await store.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a body over 64 MiB is answered with 413, also when it is small until it is unpacked', async () => {
  const parameters = { query: 'INSERT INTO lines FORMAT LineAsString' };
  const large = await rawRequest(store.url, { parameters, body: Buffer.alloc(64 * mebibyte + 1, 'x') });
  expect(large).toMatchObject({ status: 413, headers: { 'x-clickhouse-exception-code': '229' } });
  const bomb = await rawRequest(store.url, {
    parameters,
    body: gzipSync(Buffer.alloc(65 * mebibyte)),
    headers: { 'content-encoding': 'gzip' },
  });
  expect(bomb).toMatchObject({ status: 413, headers: { 'x-clickhouse-exception-code': '229' } });
  const inBody = await rawRequest(store.url, { body: `SELECT 1 /* ${'x'.repeat(5 * mebibyte)} */` });
  expect(inBody.status).toBe(413);
  expect((await rawRequest(store.url, { body: 'SELECT count() FROM lines' })).text).toBe('0\n');
});

test('a body that is not what its encoding says is refused and stores nothing', async () => {
  const sent = { parameters: { query: 'INSERT INTO lines FORMAT LineAsString' } };
  const broken = await rawRequest(store.url, {
    ...sent,
    body: 'not gzip',
    headers: { 'content-encoding': 'gzip' },
  });
  expect(broken.status).toBe(400);
  const cut = gzipSync('a line\n'.repeat(1000));
  const short = await rawRequest(store.url, {
    ...sent,
    body: cut.subarray(0, cut.length - 10),
    headers: { 'content-encoding': 'gzip' },
  });
  expect(short.status).toBe(400);
  const unknown = await rawRequest(store.url, { ...sent, body: 'x', headers: { 'content-encoding': 'br' } });
  expect(unknown.status).toBe(501);
  expect((await rawRequest(store.url, { body: 'SELECT count() FROM lines' })).text).toBe('0\n');
});

test('every query has a limit of memory and of time', async () => {
  const answer = await rawRequest(store.url, {
    body: "SELECT getSetting('max_memory_usage'), getSetting('max_execution_time'), getSetting('max_threads')",
  });
  expect(answer.text).toBe('300000000\t60\t2\n');
});

test('what the façade does not have is refused, not ignored', async () => {
  const refusals: [options: Parameters<typeof rawRequest>[1], code: string][] = [
    [{ body: 'SELECT 1', parameters: { session_id: 'a' } }, '48'],
    [{ body: 'SELECT 1', path: '/other' }, '36'],
    [{ body: 'SELECT 1', method: 'PUT' }, '48'],
    [{ body: 'SELECT 1', parameters: { 'a;b': '1' } }, '115'],
    [{ body: "INSERT INTO lines FROM INFILE '/etc/passwd' FORMAT LineAsString" }, '62'],
    [{ body: "SELECT 1 INTO OUTFILE '/tmp/culprit-outfile'" }, '62'],
    [{ body: 'SELECT $a$;$a$' }, '62'],
    [{ body: 'SELECT 1 /* /* */ ; SELECT 2 */' }, '62'],
    [{ body: 'SELECT ‘a’' }, '62'],
  ];
  for (const [options, code] of refusals) {
    const answer = await rawRequest(store.url, options);
    expect(answer.headers['x-clickhouse-exception-code'], JSON.stringify(options)).toBe(code);
  }
});

test('who comes to a full queue is told so at once, and who waited is served', async () => {
  const seconds = 2;
  const answers: number[] = [];
  const requests = Array.from({ length: 150 }, () => {
    const sent = request(
      new URL('/', store.url),
      { method: 'POST', agent: false, auth: 'culprit:secret' },
      (response) => {
        answers.push(response.statusCode ?? 0);
        response.resume();
      },
    );
    sent.on('error', () => undefined);
    sent.end(`SELECT sleep(${seconds})`);
    return sent;
  });
  await until(() => answers.length >= 18 + 4, 'the refusals and the first answers');
  expect(answers.slice(0, 18)).toEqual(Array.from({ length: 18 }, () => 503));
  expect(answers.slice(18)).not.toContain(503);
  for (const sent of requests) sent.destroy();
  const after = await rawRequest(store.url, { body: 'SELECT 1' });
  expect(after.text).toBe('1\n');
});
