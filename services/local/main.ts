import { existsSync } from 'node:fs';
import { EmbeddedStoreError } from '@culprit/embedded';
import { ConfigError, createLogger, type Logger } from '@culprit/runtime';
import { type LocalConfig, readConfig } from './config.ts';
import { DataFolder, RESTORING } from './data-folder.ts';
import { FolderInUseError, type FolderLock, lockFolder } from './folder-lock.ts';
import { greeting } from './greeting.ts';
import { endLeftovers } from './leftovers.ts';
import { LogSwitchError } from './log/switch-log.ts';
import { createLogPrinter } from './log-printer.ts';
import { PortTakenError } from './ports.ts';
import { Stack } from './stack.ts';
import { stopOnSignals } from './stop-on-signals.ts';

const started = performance.now();

try {
  await run(readConfig(process.env, process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}

async function run(config: LocalConfig): Promise<void> {
  const isColoured = process.stdout.isTTY && !config.noColour;
  const printer = createLogPrinter(process.stdout, isColoured);
  const loggerOf = (service: string): Logger =>
    createLogger({
      service,
      level: config.logLevel,
      destination: { write: (line) => printer.print(service, line.trimEnd()) },
    });
  const logger = loggerOf('local');
  const folder = new DataFolder(config.dataFolder);
  await folder.create();
  demandNotRestoring(config, folder);
  const lock = await lockOrSay(config, folder);
  await endLeftovers(await folder.run(), logger);
  const stack = new Stack({ config, folder, logger, loggerOf, printer });
  const stopping = stopOnSignals({
    logger,
    stop: async () => {
      await stack.stop();
      lock.release();
    },
    kill: () => stack.kill(),
  });
  try {
    const { firstRun, isFirstRun, log } = await stack.start();
    if (stopping.aborted) return;
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(greeting({ firstRun, isFirstRun, log, folderName: config.dataFolderName, seconds }));
    process.send?.({ kind: 'ready', url: firstRun.url });
  } catch (error) {
    if (stopping.aborted) return;
    sayWhy(error, logger);
    await stack.stop();
    lock.release();
    process.exit(1);
  }
}

function demandNotRestoring(config: LocalConfig, folder: DataFolder): void {
  if (!existsSync(folder.file(RESTORING))) return;
  process.stderr.write(
    `A restore into ${config.dataFolderName} did not come to its end. Run it again: npm run culprit -- restore --from <backup>\n`,
  );
  process.exit(1);
}

/** The message of what a person can mend, the whole error of what they cannot. */
function sayWhy(error: unknown, logger: Logger): void {
  const isTheirs = [EmbeddedStoreError, LogSwitchError, PortTakenError, ConfigError].some(
    (kind) => error instanceof kind,
  );
  if (isTheirs) process.stderr.write(`\n${(error as Error).message}\n`);
  else logger.fatal({ err: error }, 'start failed');
}

async function lockOrSay(config: LocalConfig, folder: DataFolder): Promise<FolderLock> {
  try {
    return lockFolder(folder.file('lock'));
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    const running = await folder.run();
    const where = running === undefined ? 'It is still starting.' : `Its pages: ${running.url}`;
    process.stderr.write(
      `Culprit already runs on ${config.dataFolderName} (process ${error.owner?.pid ?? 'unknown'}). ${where}\n` +
        'Stop it with Ctrl-C where it runs, or set CULPRIT_DATA to another folder for a second one.\n',
    );
    process.exit(1);
  }
}
