import type { Health } from '@culprit/runtime';
import type { AlertsContext } from './context.ts';
import { tellNewIssues } from './rules/new-issues.ts';
import { deleteTakenFacts, oldestOpenFact } from './store/outbox.ts';

const EVERY_MS = 2_000;
const KEEP_FACTS_MS = 7 * 24 * 3600 * 1000;
const CLEAN_EVERY_MS = 3600 * 1000;
/** Facts older than this mean that nothing is told any more. */
const STUCK_SECONDS = 300;

export interface OutboxWatch {
  /** Something may be there: look soon. */
  look(): void;
  health(): Health;
  stop(): Promise<void>;
}

/** Looks at the outbox every 2 s and at each hint, one look at a time. */
export function watchOutbox(context: AlertsContext, signal: AbortSignal): OutboxWatch {
  let running: Promise<void> | undefined;
  let oldestSeconds = 0;
  let isHealthy = true;
  let lastClean = 0;

  const lookOnce = async (): Promise<void> => {
    try {
      await tellNewIssues(context);
      const oldest = await oldestOpenFact(context.database);
      const now = context.clock.now();
      oldestSeconds = oldest === undefined ? 0 : Math.max(0, (now - oldest.getTime()) / 1000);
      context.metrics.oldestSeconds.set(oldestSeconds);
      if (now - lastClean > CLEAN_EVERY_MS) {
        lastClean = now;
        await deleteTakenFacts(context.database, new Date(now - KEEP_FACTS_MS));
      }
      isHealthy = true;
    } catch (err) {
      isHealthy = false;
      context.logger.warn({ err }, 'outbox could not be read, trying again');
    }
  };
  const look = (): void => {
    if (signal.aborted || running !== undefined) return;
    running = lookOnce().finally(() => {
      running = undefined;
    });
  };
  const timer = setInterval(look, EVERY_MS);

  return {
    look,
    health: () => ({
      ready: isHealthy && oldestSeconds < STUCK_SECONDS,
      facts: { oldestSeconds: Math.round(oldestSeconds) },
    }),
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
