import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '@culprit/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EmbeddedClickHouseOptions, type EmbeddedStore, startEmbeddedClickHouse } from '../src/index.ts';
import { newClient } from './contract/store-under-test.ts';
import { isAlive, startAndKillSupervisor } from './killed-supervisor.ts';
import { until } from './until.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "culprit's "));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function start(folder: string, more: Partial<EmbeddedClickHouseOptions> = {}): Promise<EmbeddedStore> {
  return startEmbeddedClickHouse({
    dataFolder: join(root, folder),
    password: 'secret',
    logger: silentLogger(),
    ...more,
  });
}

const rowsPerBatch = 500;

async function createEvents(store: EmbeddedStore): Promise<void> {
  const client = newClient(store.url);
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS events (
        log_offset UInt64, received DateTime64(3, 'UTC'), payload String CODEC(ZSTD(1)),
        PROJECTION by_time (SELECT received, log_offset ORDER BY received)
      ) ENGINE = MergeTree ORDER BY log_offset
      SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1`,
  });
  await client.close();
}

async function insertBatch(store: EmbeddedStore, batch: number, token: string): Promise<void> {
  const values = Array.from({ length: rowsPerBatch }, (_, index) => ({
    log_offset: batch * rowsPerBatch + index,
    received: '2026-11-20 00:00:00.123',
    payload: `payload\n\n${batch}.${index} `.repeat(100),
  }));
  const client = newClient(store.url);
  try {
    await client.insert({
      table: 'events',
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { insert_deduplication_token: token, async_insert: 0 },
    });
  } finally {
    await client.close();
  }
}

async function count(store: EmbeddedStore, condition: string): Promise<{ all: number; distinct: number }> {
  const client = newClient(store.url);
  try {
    const query = `SELECT toUInt32(count()) AS all, toUInt32(uniqExact(log_offset)) AS distinct FROM events WHERE ${condition}`;
    const [row] = await (await client.query({ query, format: 'JSONEachRow' })).json<{
      all: number;
      distinct: number;
    }>();
    return row ?? { all: -1, distinct: -1 };
  } finally {
    await client.close();
  }
}

const rowsOf = (store: EmbeddedStore, batch: number) =>
  count(store, `log_offset >= ${batch * rowsPerBatch} AND log_offset < ${(batch + 1) * rowsPerBatch}`);

/** As the processor does it after an unclear answer. @returns how the batch was found */
async function mend(store: EmbeddedStore, batch: number): Promise<'absent' | 'token eaten' | 'whole'> {
  const found = await rowsOf(store, batch);
  if (found.all === rowsPerBatch) return 'whole';
  expect(found).toEqual({ all: 0, distinct: 0 }); // a part is there whole or not at all
  await insertBatch(store, batch, `log/0/${batch}`);
  if ((await rowsOf(store, batch)).all === rowsPerBatch) return 'absent';
  await insertBatch(store, batch, `log/0/${batch}/r1`);
  expect(await rowsOf(store, batch)).toEqual({ all: rowsPerBatch, distinct: rowsPerBatch });
  return 'token eaten';
}

describe('a batch that a SIGKILL of the engine met', () => {
  test('is there whole or not at all after a restart, and once after a repetition', async () => {
    const kills = 6;
    let store = await start('killed');
    await createEvents(store);
    await insertBatch(store, 0, 'log/0/0');
    for (let batch = 1; batch <= kills; batch += 1) {
      const inserting = insertBatch(store, batch, `log/0/${batch}`).catch(() => undefined);
      await delay(10 * batch); // spread over an insert's life
      process.kill(store.pid, 'SIGKILL');
      expect(await store.exited).toEqual({ code: null, signal: 'SIGKILL' });
      await inserting;
      store = await start('killed');
      await mend(store, batch);
    }
    expect(await count(store, '1')).toEqual({
      all: (kills + 1) * rowsPerBatch,
      distinct: (kills + 1) * rowsPerBatch,
    });
    expect(await readdir(join(root, 'killed', 'inserts'))).toEqual([]);
    await store.stop();
  });

  test.skipIf(!hasStrace())('is mended when the kill came between its token and its rename', async () => {
    const renames = 'rename,renameat,renameat2';
    const wrap = ['strace', '-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', `trace=${renames}`];
    let store = await start('eaten');
    await createEvents(store);
    await store.stop();
    store = await start('eaten', { wrap: [...wrap, '-e', `inject=${renames}:delay_enter=400000`] });
    const log = join(root, 'eaten', 'engine', 'store');
    const inserting = insertBatch(store, 1, 'log/0/1').catch(() => undefined);
    await until(() => isTokenWritten(log), 'the token is in the log');
    process.kill(store.pid, 'SIGKILL');
    await inserting;
    await store.exited;
    store = await start('eaten');
    expect(await mend(store, 1)).toBe('token eaten');
    await store.stop();
  });
});

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['-qq', '-o', '/dev/null', 'true']);
    return true;
  } catch {
    return false;
  }
}

/** The engine writes a hash of the token, one line for each: the table has none before. */
async function isTokenWritten(folder: string): Promise<boolean> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const logs = files.filter(({ name }) => name.startsWith('deduplication_log_'));
  const sizes = await Promise.all(
    logs.map(async ({ name, parentPath }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.some((size) => size > 0);
}

describe('the process', () => {
  test('ends with its supervisor, however that ended, and the next start gets the folder', async () => {
    const left = await startAndKillSupervisor('clickhouse', join(root, 'orphan'));
    const store = await start('orphan');
    await until(() => !isAlive(left.pid), 'the orphan is gone', 2_000);
    expect(await newClient(store.url).ping()).toEqual({ success: true });
    await store.stop();
    expect(await store.exited).toEqual({ code: 0, signal: null });
  });

  test('refuses a folder whose name would be a pattern to the engine: it would store nothing, without an error', async () => {
    for (const name of ['a{b}', 'a*', 'a?']) {
      await expect(start(name)).rejects.toMatchObject({ code: 'folder_not_usable' });
    }
  });

  test('waits for one that still holds the folder', async () => {
    const first = await start('held');
    const second = start('held');
    const early = await Promise.race([second.then(() => 'started'), delay(1_000, 'waits')]);
    expect(early).toBe('waits');
    await first.stop();
    await (await second).stop();
  });

  test('keeps what it stored over an orderly end, also when a query runs', async () => {
    let store = await start('kept');
    await createEvents(store);
    await insertBatch(store, 1, 'log/0/1');
    const endless = newClient(store.url).query({ query: 'SELECT count() FROM numbers(1000000000000)' });
    const failed = expect(endless).rejects.toThrow();
    await delay(200);
    await store.stop();
    await failed;
    expect(await store.exited).toEqual({ code: 0, signal: null });
    store = await start('kept');
    expect(await rowsOf(store, 1)).toEqual({ all: rowsPerBatch, distinct: rowsPerBatch });
    await store.stop();
  });
});
