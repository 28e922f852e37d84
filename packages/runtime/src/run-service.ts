import { createLogger, type Logger } from './logger.ts';
import type { SelfReport } from './self-report/self-report.ts';
import { selfReportOf } from './self-report/settings.ts';

export interface RunningService {
  /** Sent to the parent over IPC as `{kind: 'ready', …ready}` when the service works. */
  readonly ready?: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
  /** As `stop`, but a successor works already: what is open is finished in peace, however long that takes. Default: `stop`. */
  drain?(): Promise<void>;
}

export interface ServiceContext {
  readonly logger: Logger;
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Sends this process's errors to Culprit's own project; undefined where that is off. Lines of the log reach it by themselves. */
  readonly selfReport: SelfReport | undefined;
}

const STOP_DEADLINE_MS = 20_000;
/** A little more than the slowest request may take. */
const DRAIN_DEADLINE_MS = 150_000;
/** How long a stop waits for reports that are on their way. */
const FLUSH_MS = 1_000;

/**
 * The life of a service process: start, tell the parent, stop on SIGTERM, SIGINT or when the parent is gone (its IPC channel
 * closes), so that no orphan holds a data folder. On the message `{kind: 'drain'}` or SIGUSR2 it drains. An exception that nobody caught
 * ends the process: its state is not known.
 */
export function runService(name: string, start: (context: ServiceContext) => Promise<RunningService>): void {
  const selfReport = selfReportOf(name, process.env);
  const logger = createLogger({
    service: name,
    ...levelOf(process.env.CULPRIT_LOG_LEVEL),
    ...(selfReport === undefined ? {} : { onError: (logged) => selfReport.capture(logged) }),
  });
  const stopping = new AbortController();
  const started = start({ logger, signal: stopping.signal, selfReport });
  /** Ends the process whatever its threads do: process.exit would wait for threads that may be in the middle of anything. */
  const endNow = (): void => {
    selfReport?.handOver();
    process.kill(process.pid, 'SIGKILL');
  };

  let deadline: NodeJS.Timeout | undefined;
  const end = (
    reason: string,
    deadlineMs: number,
    ending: (service: RunningService) => Promise<void>,
  ): void => {
    logger.info({ reason }, 'stopping');
    stopping.abort();
    clearTimeout(deadline);
    deadline = setTimeout(() => {
      logger.error('did not stop in time');
      endNow();
    }, deadlineMs).unref();
    started
      .then(ending)
      .then(() => selfReport?.flush(FLUSH_MS))
      .then(
        () => process.exit(0),
        (err) => {
          logger.error({ err }, 'stop failed');
          selfReport?.handOver();
          process.exit(1);
        },
      );
  };
  let isStopping = false;
  const stop = (reason: string): void => {
    if (isStopping) return;
    isStopping = true;
    end(reason, STOP_DEADLINE_MS, (service) => service.stop());
  };
  const drain = (reason: string): void => {
    if (stopping.signal.aborted) return;
    end(reason, DRAIN_DEADLINE_MS, (service) => service.drain?.() ?? service.stop());
  };

  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('SIGUSR2', () => drain('SIGUSR2'));
  if (process.send !== undefined) process.on('disconnect', () => stop('parent is gone'));
  process.on('message', (message: { kind?: unknown } | null) => {
    if (message?.kind === 'drain') drain('a successor works');
  });
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
      selfReport?.handOver();
      process.exit(1);
    },
  );
}

function levelOf(level: string | undefined): { level?: string } {
  return level === undefined || level === '' ? {} : { level };
}
