import { randomBytes } from 'node:crypto';
import {
  type BlockAlarm,
  type ClickHouse,
  clickhouseStatements,
  createClickHouse,
} from '@culprit/clickhouse';
import { inject } from 'vitest';
import { databaseUrl } from './database-url.ts';
import { migrationsFolder } from './migrations-folder.ts';
import type {} from './provided.ts';

export interface TestClickHouse {
  readonly url: string;
  readonly clickhouse: ClickHouse;
  /** Its name. */
  readonly database: string;
  /** What `storeBlock` complained about. */
  readonly alarms: readonly BlockAlarm[];
  drop(): Promise<void>;
}

/** A migrated database for this test alone on the shared ClickHouse. `empty` gives one without any table. */
export async function testClickHouse(options: { readonly empty?: boolean } = {}): Promise<TestClickHouse> {
  const database = `test_${randomBytes(6).toString('hex')}`;
  const url = databaseUrl(inject('culpritStores').clickhouseUrl, database);
  const alarms: BlockAlarm[] = [];
  const clickhouse = createClickHouse({ url, onAlarm: (alarm) => alarms.push(alarm) });
  await clickhouse.createDatabase();
  if (options.empty !== true) {
    for (const { statement } of await clickhouseStatements(migrationsFolder('clickhouse'))) {
      await clickhouse.command(statement);
    }
  }
  return {
    url,
    clickhouse,
    database,
    alarms,
    drop: async () => {
      await clickhouse.command(`DROP DATABASE IF EXISTS ${database}`);
      await clickhouse.close();
    },
  };
}
