import { type Runner, run, Logger as WorkerLogger } from 'graphile-worker';
import { z } from 'zod';
import type { AlertsContext } from './context.ts';
import { type DeliverOptions, deliver } from './deliver.ts';
import { queueOpenDeliveries } from './store/deliveries.ts';

/** An alert that is a day late helps nobody. */
const RECENT_MS = 24 * 3600 * 1000;
const payloadSchema = z.object({ deliveryId: z.string() });

/** Starts the job worker; makes its schema where it is missing. Several alerts processes share the jobs. */
export async function startJobs(
  databaseUrl: string,
  options: DeliverOptions,
  context: AlertsContext,
): Promise<Runner> {
  const runner = await run({
    connectionString: databaseUrl,
    maxPoolSize: 5,
    concurrency: 4,
    noHandleSignals: true,
    pollInterval: 2_000,
    logger: new WorkerLogger(() => (level, message) => {
      // The worker's own lines name jobs, never payloads.
      if (level === 'error' || level === 'warning') context.logger.warn({ worker: message }, 'job worker');
    }),
    taskList: {
      deliver: async (payload) => deliver(payloadSchema.parse(payload).deliveryId, options, context),
    },
  });
  await queueOpenDeliveries(context.database, new Date(context.clock.now() - RECENT_MS));
  return runner;
}
