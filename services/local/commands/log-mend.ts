import { ConfigError, createLogger } from '@culprit/runtime';
import { readRestoreConfig } from '../backup/backup-config.ts';
import { BackupError } from '../backup/manifest.ts';
import { withOfflineStores } from '../backup/offline-stores.ts';
import { runProcessorTool } from '../backup/processor-tool.ts';
import { variablesOf } from '../log/log-choice.ts';

// `culprit log-mend`: a new event log in the place of a lost one, then `verify --repair`.
try {
  const config = readRestoreConfig(process.env, []);
  const logger = createLogger({ service: 'log-mend', level: 'warn' });
  await withOfflineStores(config, logger, async (stores) => {
    // Of the log that the folder's events go to, not of one that the environment would begin with.
    const choice = await stores.data.log();
    const env = { ...config.env, ...(choice === undefined ? {} : variablesOf(choice, config.env, 0)) };
    const mended = await runProcessorTool('log-mend-main.ts', [], stores, env);
    if (mended !== 0) {
      process.exitCode = mended;
      return;
    }
    process.stdout.write('culprit verify --repair:\n');
    process.exitCode = await runProcessorTool('verify-main.ts', ['--repair'], stores, env);
  });
} catch (error) {
  if (!(error instanceof BackupError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
