import type { EventLog } from '@culprit/event-log';
import { logKeyOf } from '@culprit/protocol';
import { isRecord, readRecord } from './batch/read-record.ts';
import type { ProcessorContext } from './context.ts';
import { markReplayed, refuseReplay, takeRequestedReplays } from './store/dead-letters.ts';

const EVERY_MS = 2_000;
const AT_ONCE = 50;

export interface Replays {
  /** Replays what is wanted now; resolves to how many were appended. @throws what the log or PostgreSQL throw. */
  look(): Promise<number>;
  stop(): Promise<void>;
}

export type ReplayContext = Pick<ProcessorContext, 'clock' | 'database' | 'logger' | 'metrics'>;

/** Appends dead letters to the log again when a person wants it. The wish stands in PostgreSQL: web has no log to append to. */
export function watchReplays(log: Pick<EventLog, 'append'>, context: ReplayContext): Replays {
  let looking: Promise<unknown> | undefined;
  const timer = setInterval(() => {
    looking ??= replayAll(log, context)
      .catch((err) => context.logger.warn({ err }, 'dead letters could not be replayed, trying again'))
      .finally(() => {
        looking = undefined;
      });
  }, EVERY_MS);
  timer.unref();
  return {
    look: () => replayAll(log, context),
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

async function replayAll(log: Pick<EventLog, 'append'>, context: ReplayContext): Promise<number> {
  let replayed = 0;
  for (;;) {
    const { taken, appended } = await replaySome(log, context);
    replayed += appended;
    if (taken < AT_ONCE) return replayed;
  }
}

/** Appends, then marks, in one transaction: a crash between leaves a duplicate in the log, which the processor drops. */
function replaySome(
  log: Pick<EventLog, 'append'>,
  { database, clock, metrics }: ReplayContext,
): Promise<{ readonly taken: number; readonly appended: number }> {
  return database.transaction(async (tx) => {
    const letters = await takeRequestedReplays(tx, AT_ONCE);
    let appended = 0;
    for (const { id, record } of letters) {
      const key = keyOf(record);
      if (key === undefined) {
        await refuseReplay(tx, id);
        metrics.replays.inc({ result: 'refused' });
        continue;
      }
      await log.append([{ key, value: record }]);
      await markReplayed(tx, id, new Date(clock.now()));
      metrics.replays.inc({ result: 'appended' });
      appended++;
    }
    return { taken: letters.length, appended };
  });
}

/** Undefined for a record whose frame is torn: it would come back as the same dead letter. */
function keyOf(record: Uint8Array): string | undefined {
  const read = readRecord(record);
  return isRecord(read) ? logKeyOf(read.header) : undefined;
}
