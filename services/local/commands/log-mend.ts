import { ConfigError, createLogger } from '@culprit/runtime';
import { readBackupConfig } from '../backup/backup-config.ts';
import { BackupError } from '../backup/manifest.ts';
import { withOfflineStores } from '../backup/offline-stores.ts';
import { runProcessorTool } from '../backup/processor-tool.ts';

// `culprit log-mend`: a new event log in the place of a lost one, then `verify --repair`.
try {
  const config = readBackupConfig(process.env);
  const logger = createLogger({ service: 'log-mend', level: 'warn' });
  await withOfflineStores(config, logger, async (stores) => {
    const mended = await runProcessorTool('log-mend-main.ts', [], stores, config);
    if (mended !== 0) {
      process.exitCode = mended;
      return;
    }
    process.stdout.write('culprit verify --repair:\n');
    process.exitCode = await runProcessorTool('verify-main.ts', ['--repair'], stores, config);
  });
} catch (error) {
  if (!(error instanceof BackupError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
