import { sendOrder } from '../../services/local/control/send-order.ts';
import type { ReleaseFolder } from '../../services/local/release/release-folder.ts';
import { waitFor } from '../chaos/local-stack.ts';
import { recordsInSpool } from '../faults/until-log-is-empty.ts';
import type { DeployedStack } from './deployed-stack.ts';

export interface SpoolStep {
  readonly what: string;
  /** Records that the ingest that left had put into the spool, and that only the one that came could forward. */
  readonly records: number;
  /** From the return of Kafka until all of them were forwarded. */
  readonly seconds: number;
}

const RECORDS = 30;
const PATIENCE_MS = 60_000;

/**
 * Replaces ingest by another release's while Kafka hangs: what waits in the spool was written by the one and is forwarded by the other. Resolves when the spool is
 * empty.
 */
export async function handSpoolOver(
  stack: DeployedStack,
  what: string,
  release: ReleaseFolder,
): Promise<SpoolStep> {
  const kafka = (await stack.run()).processes.kafka?.pid;
  if (kafka === undefined) throw new Error('no Kafka runs');
  const spooled = async (): Promise<number> =>
    recordsInSpool((await stack.run()).processes.ingest?.facts ?? {});
  process.kill(kafka, 'SIGSTOP');
  let records: number;
  try {
    records = await waitFor(
      'records in the spool',
      async () => {
        const waiting = await spooled();
        return waiting >= RECORDS ? waiting : undefined;
      },
      PATIENCE_MS,
    );
    const { control } = await stack.run();
    if (control === undefined) throw new Error('the supervisor takes no orders');
    await sendOrder({
      path: control,
      request: { kind: 'roll', release: release.root, services: ['ingest'] },
      onAnswer: () => {},
      untilGone: true,
    });
  } finally {
    process.kill(kafka, 'SIGCONT');
  }
  const started = performance.now();
  await waitFor('an empty spool', async () => ((await spooled()) === 0 ? true : undefined), PATIENCE_MS);
  return { what, records, seconds: Math.round((performance.now() - started) / 100) / 10 };
}
