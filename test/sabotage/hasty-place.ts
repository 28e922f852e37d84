import type { EventLog } from '@culprit/event-log';
import { openPlace as openSoundPlace } from '../../packages/event-log/test/open-place.ts';

/** A log that answers before anything is durable: what is on its way dies with the process. For child processes of the contract suite. */
export async function openPlace(config: string): Promise<EventLog> {
  const log = await openSoundPlace(config);
  const under: Promise<void>[] = [];
  const append = log.append.bind(log);
  const close = log.close.bind(log);
  log.append = async (records) => {
    under.push(append(records));
  };
  log.close = async () => {
    await Promise.all(under);
    await close();
  };
  return log;
}
