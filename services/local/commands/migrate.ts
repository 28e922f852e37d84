import { createLogger } from '@culprit/runtime';
import { root } from '../repository.ts';
import { migrateDatabase, migrateEvents } from '../stores.ts';

// `culprit migrate`: brings the stores of DATABASE_URL and CLICKHOUSE_URL up to this release. `npm start` and `culprit deploy` do it by themselves.
const { DATABASE_URL: databaseUrl, CLICKHOUSE_URL: clickhouseUrl } = process.env;
const logger = createLogger({ service: 'migrate' });

if (!databaseUrl || !clickhouseUrl) {
  process.stderr.write('Set DATABASE_URL and CLICKHOUSE_URL.\n');
  process.exitCode = 2;
} else {
  try {
    await migrateDatabase(databaseUrl, logger, root);
    await migrateEvents({ databaseUrl, clickhouseUrl }, logger, root);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
