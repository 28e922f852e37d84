import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { silentLogger } from '@culprit/runtime';
import { startEmbeddedClickHouse } from '../../src/index.ts';

/** A ClickHouse with a database of its own for one test file: a real server where `CLICKHOUSE_URL` is set, else the embedded engine. */
export interface StoreUnderTest {
  /** With user, password and the test's database. */
  readonly url: string;
  readonly client: ClickHouseClient;
  readonly isEmbedded: boolean;
  close(): Promise<void>;
}

export async function openStoreUnderTest(): Promise<StoreUnderTest> {
  const { CLICKHOUSE_URL: server } = process.env;
  const folder = await mkdtemp(join(tmpdir(), 'culprit-contract-'));
  const embedded =
    server === undefined || server === ''
      ? await startEmbeddedClickHouse({ dataFolder: folder, password: "p'w d", logger: silentLogger() })
      : undefined;
  const base = embedded?.url ?? server ?? '';
  const database = `contract_${randomBytes(6).toString('hex')}`;
  const first = newClient(base);
  await first.command({ query: `CREATE DATABASE ${database}` });
  const url = new URL(base);
  url.pathname = `/${database}`;
  const client = newClient(url.href);
  return {
    url: url.href,
    client,
    isEmbedded: embedded !== undefined,
    async close() {
      await first.command({ query: `DROP DATABASE ${database}` });
      await client.close();
      await first.close();
      await embedded?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function newClient(url: string): ClickHouseClient {
  return createClient({
    url,
    log: { level: ClickHouseLogLevel.OFF },
    compression: { request: true, response: true },
  });
}
