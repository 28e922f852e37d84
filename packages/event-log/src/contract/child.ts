import type { EventLog } from '../event-log.ts';
import { printLine } from './print-line.ts';
import { bytesOf, LIMITS, textOf } from './record-text.ts';

/**
 * A process of its own on a log, for the contract suite. It prints one line per fact with a blocking write, so that whatever
 * the parent read from the pipe happened, even when this process is killed in the middle.
 *
 *     child.ts <module> <config> append <name> <count> <bytes> <writers>   prints the text of each acknowledged record
 *     child.ts <module> <config> consume <owner id>                        prints `partition next text…` per batch
 */
const [module = '', config = '', command, ...options] = process.argv.slice(2);

async function append(
  log: EventLog,
  [name = '', count = '', bytes = '', writers = '']: string[],
): Promise<void> {
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < Number(count)) {
      const text = `${name}-${next} ${Date.now()}`;
      next += 1;
      await log.append([{ key: name, value: bytesOf(text.padEnd(Number(bytes))) }]);
      printLine(text);
    }
  };
  await Promise.all(Array.from({ length: Number(writers) }, write));
}

async function consume(log: EventLog, [ownerId = '']: string[]): Promise<void> {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const handler = {
    positionOf: (): Promise<number> => Promise.resolve(0),
    handle: (partition: number, _: number, records: Parameters<typeof textOf>[0][]): Promise<number> => {
      const next = (records.at(-1)?.offset ?? 0) + 1;
      printLine([partition, next, ...records.map(textOf)].join('\t'));
      return Promise.resolve(next);
    },
  };
  await log.consume(handler, { ...LIMITS, ownerId, signal: stop.signal });
}

const { openPlace } = (await import(module)) as { openPlace(config: string): Promise<EventLog> };
const log = await openPlace(config);
printLine('ready');
if (command === 'append') await append(log, options);
else await consume(log, options);
await log.close();
