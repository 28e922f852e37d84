import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, createLogger } from '@culprit/runtime';
import { backup } from '../backup/backup.ts';
import { readBackupConfig } from '../backup/backup-config.ts';
import { BackupError } from '../backup/manifest.ts';

// `culprit backup --to FOLDER`: exit code 0 when the backup is whole.
const started = performance.now();
try {
  const { values } = parseArgs({ options: { to: { type: 'string' } } });
  if (values.to === undefined) throw new BackupError('Say where to: culprit backup --to <an empty folder>');
  const config = readBackupConfig(process.env);
  if (config.databaseUrl === undefined || config.clickhouseUrl === undefined) {
    throw new BackupError('Nothing runs: start it with npm start, or set DATABASE_URL and CLICKHOUSE_URL.');
  }
  const manifest = await backup({
    config,
    databaseUrl: config.databaseUrl,
    clickhouseUrl: config.clickhouseUrl,
    to: resolve(values.to),
    logger: createLogger({ service: 'backup', level: 'warn' }),
    onProgress: (message) => process.stdout.write(`${message}\n`),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const events = manifest.clickhouse.tables.find(({ name }) => name === 'events')?.rows ?? 0;
  process.stdout.write(
    `Backed up ${events} events to ${values.to} in ${seconds} s. It holds what people sent and secrets: keep it as safe as the data folder.\n`,
  );
} catch (error) {
  if (!(error instanceof BackupError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
