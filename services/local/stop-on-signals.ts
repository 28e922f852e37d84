import type { Logger } from '@culprit/runtime';

/** npm and the terminal both pass one Ctrl-C on; what comes this soon after it is the same one. */
const SAME_KEY_MS = 700;

/**
 * Stops in order at SIGINT, SIGTERM, SIGHUP or when the parent is gone, then ends the process; a second Ctrl-C ends everything at once.
 *
 * @returns a signal that aborts when the stop begins.
 */
export function stopOnSignals(options: {
  readonly logger: Logger;
  readonly stop: () => Promise<void>;
  readonly kill: () => void;
}): AbortSignal {
  const { logger, stop, kill } = options;
  const stopping = new AbortController();
  let asked = 0;
  const ask = (reason: string): void => {
    const now = performance.now();
    if (stopping.signal.aborted) {
      if (reason !== 'SIGINT' || now - asked < SAME_KEY_MS) return;
      logger.warn('ending everything now');
      kill();
      process.exit(130);
    }
    asked = now;
    stopping.abort();
    logger.info({ reason }, 'stopping; Ctrl-C again ends everything now');
    stop().then(
      () => {
        logger.info({ seconds: Math.round(performance.now() - asked) / 1000 }, 'stopped');
        process.exit(0);
      },
      (err) => {
        logger.fatal({ err }, 'stop failed');
        kill();
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ask(signal));
  if (process.send !== undefined) process.on('disconnect', () => ask('parent is gone'));
  // The reader of our log may go before we do.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return stopping.signal;
}
