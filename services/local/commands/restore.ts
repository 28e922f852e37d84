import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, createLogger } from '@culprit/runtime';
import { readRestoreConfig } from '../backup/backup-config.ts';
import { BackupError } from '../backup/manifest.ts';
import { runProcessorTool } from '../backup/processor-tool.ts';
import { restore } from '../backup/restore.ts';

// `culprit restore --from FOLDER [--kafka]`: exit code 0 when all is there and every counter agrees with the events.
const started = performance.now();
try {
  const { values } = parseArgs({
    options: { from: { type: 'string' }, kafka: { type: 'boolean', default: false } },
  });
  if (values.from === undefined) throw new BackupError('Say from where: culprit restore --from <backup>');
  const config = readRestoreConfig(process.env, values.kafka ? ['--kafka'] : []);
  let isVerified = false;
  const say = (message: string): void => void process.stdout.write(`${message}\n`);
  await restore({
    config,
    from: resolve(values.from),
    logger: createLogger({ service: 'restore', level: 'warn' }),
    onProgress: say,
    afterwards: async (stores, { choice, variables }) => {
      say('culprit verify --repair:');
      isVerified =
        (await runProcessorTool('verify-main.ts', ['--repair'], stores, {
          ...config.env,
          ...variables,
        })) === 0;
      if (choice.place === 'kafka') {
        say('Services that run without npm start need these:');
        for (const name of ['TOPIC', 'PARTITIONS', 'FIRST_OFFSET']) {
          say(`CULPRIT_LOG_${name}=${variables[`CULPRIT_LOG_${name}`]}`);
        }
      }
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
