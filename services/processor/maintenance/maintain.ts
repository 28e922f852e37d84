import type { EventLog } from '@culprit/event-log';
import { withMaintenanceLock } from '@culprit/postgres';
import type { ProcessorContext } from '../context.ts';
import { lastRun, noteFinished, noteStarted } from '../store/retention.ts';
import { collectOrphans } from './collect-orphans.ts';
import { finishOpenDeletions } from './finish-deletions.ts';
import { retain } from './retain.ts';
import { sweepFiles } from './sweep-files.ts';

const LOOK_EVERY_MS = 30_000;
const DAY_MS = 24 * 3600 * 1000;

export interface MaintenanceOptions {
  /** Days that a project keeps its events where it does not say; 0: for ever. */
  readonly defaultDays: number;
  /** What people delete is collected for so long, in milliseconds: a delete rewrites every part of a table that has a hit. */
  readonly deletionsEveryMs: number;
}

export interface Maintenance {
  /** Does what is due now; false: another process is at it. */
  look(): Promise<boolean>;
  stop(): Promise<void>;
}

/**
 * What has to be done in every installation and by one process at a time: what people have deleted, retention, files that nobody names. All of it can be killed
 * at any moment and is then done again by whoever has the lock next.
 */
export function startMaintenance(
  log: EventLog,
  context: ProcessorContext,
  options: MaintenanceOptions,
): Maintenance {
  const stopping = new AbortController();
  const { database, logger } = context;
  let looking: Promise<unknown> | undefined;
  const look = async (): Promise<boolean> => {
    const done = await withMaintenanceLock(database, () => doDue(log, context, options, stopping.signal));
    return done !== undefined;
  };
  const timer = setInterval(() => {
    looking ??= look()
      .catch((err: unknown) => {
        if (!stopping.signal.aborted) logger.warn({ err }, 'maintenance failed, trying again');
      })
      .finally(() => {
        looking = undefined;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    look,
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      await looking;
    },
  };
}

async function doDue(
  log: EventLog,
  context: ProcessorContext,
  options: MaintenanceOptions,
  signal: AbortSignal,
): Promise<void> {
  const { logger } = context;
  await whenDue('deletions', options.deletionsEveryMs, context, async () => {
    const finished = await finishOpenDeletions(context, signal);
    if (finished > 0) logger.info({ finished }, 'deletions done');
    return finished > 0;
  });
  await whenDue('retention', DAY_MS, context, async () => {
    logger.info(await retain(context, options.defaultDays, signal), 'retention done');
    return true;
  });
  await whenDue('sweep', DAY_MS, context, async () => {
    const orphans = await collectOrphans(log, context, signal);
    logger.info({ orphans, removed: await sweepFiles(log, context, signal) }, 'files swept');
    return true;
  });
}

/** `work` resolves to whether there was any: looking and finding nothing costs nothing and counts for nothing. */
async function whenDue(
  job: string,
  everyMs: number,
  { database, clock }: ProcessorContext,
  work: () => Promise<boolean>,
): Promise<void> {
  const last = await lastRun(database, job);
  if (last !== undefined && clock.now() - last.getTime() < everyMs) return;
  await noteStarted(database, job, new Date(clock.now()));
  if (await work()) await noteFinished(database, job, new Date(clock.now()));
}
