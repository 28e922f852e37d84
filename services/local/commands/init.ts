import { ConfigError, createLogger } from '@culprit/runtime';
import { originOf, readConfig } from '../config.ts';
import { DataFolder } from '../data-folder.ts';
import { prepareFirstRun } from '../first-run.ts';
import { root } from '../repository.ts';
import { migrateDatabase, migrateEvents } from '../stores.ts';

// `culprit init`: what the supervisor does at its first start, for services that run without it: schema, organization, project, account.
const DEFAULT_PORT = 8400;
const DEFAULT_INGEST_PORT = 8401;

try {
  await init();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function init(): Promise<void> {
  const config = readConfig();
  const { databaseUrl, clickhouseUrl, publicUrl, host } = config;
  if (databaseUrl === undefined || clickhouseUrl === undefined)
    throw new ConfigError('Set DATABASE_URL and CLICKHOUSE_URL.');
  const logger = createLogger({ service: 'init', level: 'warn' });
  await migrateDatabase(databaseUrl, logger, root);
  await migrateEvents({ databaseUrl, clickhouseUrl }, logger, root);
  const folder = new DataFolder(config.dataFolder);
  await folder.create();
  const ingestOrigin = originOf(host, config.ingestPort ?? DEFAULT_INGEST_PORT);
  const { firstRun, selfDsn } = await prepareFirstRun({
    folder,
    databaseUrl,
    url: publicUrl ?? originOf(host, config.webPort ?? DEFAULT_PORT),
    ingestUrl: publicUrl ?? ingestOrigin,
    ingestOrigin,
    selfEnvironment: config.selfEnvironment,
    logger,
  });
  await folder.saveFirstRun(firstRun);
  const { url, dsn, email, password } = firstRun;
  const lines = [
    `Pages     ${url}`,
    `Login     ${email}`,
    `Password  ${password ?? 'as it was set'}`,
    `DSN       ${dsn}`,
    ...(selfDsn === undefined ? [] : [`Own errors of the services: CULPRIT_SELF_DSN=${selfDsn}`]),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
