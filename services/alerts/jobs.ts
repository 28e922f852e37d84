import type { Health } from '@culprit/runtime';
import { type Runner, run, Logger as WorkerLogger } from 'graphile-worker';
import { z } from 'zod';
import type { AlertsContext } from './context.ts';
import { type DeliverOptions, deliver } from './deliver.ts';
import { queueOpenDeliveries } from './store/deliveries.ts';

/** An alert that is a day late helps nobody. */
const RECENT_MS = 24 * 3600 * 1000;
const payloadSchema = z.object({ deliveryId: z.string() });
const POLL_MS = 2_000;
/** A worker that has not been answered for so long delivers nothing. Its tries go on, and so does waiting for a database that is away. */
const SILENT_SECONDS = 300;

/** The job worker has ended though nobody has asked it to, and does not come back. */
export class JobsEnded extends Error {
  readonly code = 'jobs_ended';
  constructor(options?: ErrorOptions) {
    super('the job worker has ended', options);
    this.name = 'JobsEnded';
  }
}

export interface Jobs {
  /** Resolves when the worker has ended by itself; never after `stop`. Only a new process has a new one. */
  readonly ended: Promise<JobsEnded>;
  health(): Health;
  stop(): Promise<void>;
}

/** Starts the job worker; makes its schema where it is missing. Several alerts processes share the jobs. */
export async function startJobs(
  databaseUrl: string,
  options: DeliverOptions,
  context: AlertsContext,
): Promise<Jobs> {
  const jobs = watchRunner(await startRunner(databaseUrl, options, context), context);
  await queueOpenDeliveries(context.database, new Date(context.clock.now() - RECENT_MS));
  return jobs;
}

/** Nothing of the library says what became of the worker but the promise of its runner. */
function watchRunner(runner: Runner, { clock }: Pick<AlertsContext, 'clock'>): Jobs {
  let isStopping = false;
  let hasEnded = false;
  let answeredAt = clock.now();
  const noteAnswer = (): void => {
    answeredAt = clock.now();
  };
  runner.events.on('worker:getJob:empty', noteAnswer);
  runner.events.on('job:start', noteAnswer);
  const ended = new Promise<JobsEnded>((resolve) => {
    const end = (cause?: unknown): void => {
      hasEnded = true;
      if (!isStopping) resolve(new JobsEnded(cause === undefined ? {} : { cause }));
    };
    runner.promise.then(() => end(), end);
  });
  const whyNot = (): string | undefined => {
    if (hasEnded) return 'the job worker has ended';
    const silent = Math.round((clock.now() - answeredAt) / 1000);
    return silent < SILENT_SECONDS ? undefined : `the job worker has got no answer for ${silent} s`;
  };
  return {
    ended,
    health: () => {
      const detail = whyNot();
      return { ready: detail === undefined, detail };
    },
    stop: async () => {
      isStopping = true;
      if (!hasEnded) await runner.stop();
    },
  };
}

function startRunner(databaseUrl: string, options: DeliverOptions, context: AlertsContext): Promise<Runner> {
  return run({
    connectionString: databaseUrl,
    maxPoolSize: 5,
    concurrency: 4,
    noHandleSignals: true,
    pollInterval: POLL_MS,
    logger: new WorkerLogger(() => (level, message) => {
      // The worker's own lines name jobs, never payloads.
      if (level === 'error' || level === 'warning') context.logger.warn({ worker: message }, 'job worker');
    }),
    taskList: {
      deliver: async (payload) => deliver(payloadSchema.parse(payload).deliveryId, options, context),
    },
  });
}
