import { printLine } from '../src/contract/print-line.ts';
import { bytesOf } from '../src/contract/record-text.ts';
import { openEventLog, withSpool } from '../src/index.ts';

/**
 * An ingest process as far as the log is concerned: `spool-child.ts <brokers> <topic> <folder> <name>` appends a record about every millisecond and prints the text of each
 * that is acknowledged, until it is killed.
 */
const [brokers = '', topic = '', folder = '', name = ''] = process.argv.slice(2);
const log = await openEventLog({
  mode: 'kafka',
  brokers: brokers.split(','),
  topic,
  partitions: 2,
  isSingle: !brokers.includes(','),
  deliveryTimeoutMs: 2_000,
  opensWithoutBrokers: true,
});
const spooled = await withSpool(log, {
  folder,
  minimumFreeBytes: 0,
  leaseMs: 1_000,
  keepRefused: async () => {},
});
printLine('ready');
let next = 0;
const write = async (): Promise<void> => {
  for (;;) {
    const text = `${name}-${next}`;
    next += 1;
    await spooled.append([{ key: text, value: bytesOf(text.padEnd(500)) }]);
    printLine(text);
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
};
await Promise.all(Array.from({ length: 4 }, write));
