import { join } from 'node:path';
import { type EventLog, openEventLog } from '../src/index.ts';
import { LocalLeases } from '../src/spool/local-leases.ts';

/** Opens the log of a contract test; the child processes of the suite call it too. `config` is JSON. */
export async function openPlace(config: string): Promise<EventLog> {
  const { folder, partitions } = JSON.parse(config) as { folder: string; partitions: number };
  const leases = new LocalLeases(join(folder, 'leases.mdb'));
  const log = await openEventLog({
    mode: 'lmdb',
    folder,
    topic: 'contract',
    partitions,
    leases,
    leaseMs: 600,
    // Small and deleted as soon as consumed, so that the suite crosses and loses segments all the time.
    segmentBytes: 256 * 1024,
    retentionMs: 0,
  });
  const close = log.close.bind(log);
  log.close = async (): Promise<void> => {
    await close();
    await leases.close();
  };
  return log;
}
