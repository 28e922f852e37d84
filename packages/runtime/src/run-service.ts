import { createLogger, type Logger } from './logger.ts';

export interface RunningService {
  /** Sent to the parent over IPC as `{kind: 'ready', …ready}` when the service works. */
  readonly ready?: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

export interface ServiceContext {
  readonly logger: Logger;
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal;
}

const STOP_DEADLINE_MS = 20_000;

/**
 * The life of a service process: start, tell the parent, stop on SIGTERM, SIGINT or when the parent is gone (its IPC channel
 * closes), so that no orphan holds a data folder. An exception that nobody caught ends the process: its state is not known.
 */
export function runService(name: string, start: (context: ServiceContext) => Promise<RunningService>): void {
  const logger = createLogger({ service: name, ...levelOf(process.env.CULPRIT_LOG_LEVEL) });
  const stopping = new AbortController();
  const started = start({ logger, signal: stopping.signal });

  const stop = (reason: string): void => {
    if (stopping.signal.aborted) return;
    logger.info({ reason }, 'stopping');
    stopping.abort();
    setTimeout(() => {
      logger.error('did not stop in time');
      endNow();
    }, STOP_DEADLINE_MS).unref();
    started
      .then((service) => service.stop())
      .then(
        () => process.exit(0),
        (err) => {
          logger.error({ err }, 'stop failed');
          process.exit(1);
        },
      );
  };

  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (process.send !== undefined) process.on('disconnect', () => stop('parent is gone'));
  process.on('uncaughtException', (err) => {
    logger.fatal({ err }, 'uncaught exception');
    endNow();
  });
  process.on('unhandledRejection', (err) => {
    logger.fatal({ err }, 'unhandled rejection');
    endNow();
  });

  started.then(
    (service) => {
      logger.info(service.ready ?? {}, 'ready');
      process.send?.({ kind: 'ready', ...service.ready });
    },
    (err) => {
      logger.fatal({ err }, 'start failed');
      process.exit(1);
    },
  );
}

function levelOf(level: string | undefined): { level?: string } {
  return level === undefined || level === '' ? {} : { level };
}

/** Ends the process whatever its threads do: process.exit would wait for threads that may be in the middle of anything. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
