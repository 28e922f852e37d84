import type { Health } from '@culprit/runtime';
import type { AlertsContext } from './context.ts';
import { tellNewIssues } from './rules/new-issues.ts';
import { deleteTakenFacts, oldestOpenFact } from './store/outbox.ts';

const EVERY_MS = 2_000;
const KEEP_FACTS_MS = 7 * 24 * 3600 * 1000;
const CLEAN_EVERY_MS = 3600 * 1000;
/** Facts older than this, or a look that takes this long, mean that nothing is told any more. */
const STUCK_SECONDS = 300;

export interface OutboxWatch {
  /** Something may be there: looks now, unless a look is under way. Never rejects. */
  look(): Promise<void>;
  health(): Health;
  stop(): Promise<void>;
}

/** Looks at the outbox every 2 s and at each hint, one look at a time. */
export function watchOutbox(context: AlertsContext, signal: AbortSignal): OutboxWatch {
  const { clock } = context;
  let running: Promise<void> | undefined;
  let runningSince = 0;
  let oldestSeconds = 0;
  let isReadable = true;
  let lastClean = 0;

  const lookOnce = async (): Promise<void> => {
    try {
      await tellNewIssues(context);
      const oldest = await oldestOpenFact(context.database);
      const now = clock.now();
      oldestSeconds = oldest === undefined ? 0 : Math.max(0, (now - oldest.getTime()) / 1000);
      context.metrics.oldestSeconds.set(oldestSeconds);
      if (now - lastClean > CLEAN_EVERY_MS) {
        lastClean = now;
        await deleteTakenFacts(context.database, new Date(now - KEEP_FACTS_MS));
      }
      isReadable = true;
    } catch (err) {
      isReadable = false;
      context.metrics.failedLooks.inc();
      context.logger.warn({ err }, 'outbox could not be read, trying again');
    }
  };
  const look = async (): Promise<void> => {
    if (signal.aborted) return;
    if (running === undefined) {
      runningSince = clock.now();
      running = lookOnce().finally(() => {
        running = undefined;
      });
    }
    await running;
  };
  const whyNot = (): string | undefined => {
    if (!isReadable) return 'the outbox cannot be read';
    const silent = running === undefined ? 0 : (clock.now() - runningSince) / 1000;
    if (silent >= STUCK_SECONDS) return `a look at the outbox takes ${Math.round(silent)} s already`;
    if (oldestSeconds < STUCK_SECONDS) return undefined;
    return `the oldest fact in the outbox waits for ${Math.round(oldestSeconds)} s`;
  };
  const timer = setInterval(() => void look(), EVERY_MS);

  return {
    look,
    health: () => {
      const detail = whyNot();
      return { ready: detail === undefined, detail, facts: { oldestSeconds: Math.round(oldestSeconds) } };
    },
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
