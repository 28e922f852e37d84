import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, createLogger } from '@culprit/runtime';
import { readBackupConfig } from '../backup/backup-config.ts';
import { BackupError } from '../backup/manifest.ts';
import { runProcessorTool } from '../backup/processor-tool.ts';
import { restore } from '../backup/restore.ts';

// `culprit restore --from FOLDER`: exit code 0 when all is there and every counter agrees with the events.
const started = performance.now();
try {
  const { values } = parseArgs({ options: { from: { type: 'string' } } });
  if (values.from === undefined) throw new BackupError('Say from where: culprit restore --from <backup>');
  const config = readBackupConfig(process.env);
  let isVerified = false;
  const say = (message: string): void => void process.stdout.write(`${message}\n`);
  await restore({
    config,
    from: resolve(values.from),
    logger: createLogger({ service: 'restore', level: 'warn' }),
    onProgress: say,
    afterwards: async (stores, logVariables) => {
      say('culprit verify --repair:');
      isVerified =
        (await runProcessorTool('verify-main.ts', ['--repair'], stores, {
          ...config.env,
          ...logVariables,
        })) === 0;
    },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`Restored to ${config.dataFolderName} in ${seconds} s. Start it with npm start.`);
  if (!isVerified) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof BackupError || error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
