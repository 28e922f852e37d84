import { constants } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PartitionAppender } from './partition-appender.ts';
import type { WriterAnswer, WriterOptions, WriterRequest } from './writer-messages.ts';

/**
 * The thread that appends. Its calls block until the disk has answered, which lets it hold a lock between processes from before
 * a segment is opened until after it is committed; and it takes no thread of libuv's pool, of which LMDB's own asynchronous
 * transactions would take one for each waiting partition.
 */
const { folders, segmentBytes } = workerData as WriterOptions;
const appenders = new Map<number, PartitionAppender>();

function appenderOf(partition: number): PartitionAppender {
  const folder = folders[partition];
  if (folder === undefined) throw new RangeError(`no partition ${partition}`);
  const appender =
    appenders.get(partition) ?? new PartitionAppender(folder, join(folder, 'doorbell'), segmentBytes);
  appenders.set(partition, appender);
  return appender;
}

function append(partition: number, bytes: ArrayBuffer, lengths: readonly number[]): WriterAnswer {
  let start = 0;
  const values = lengths.map((length) => {
    start += length;
    return new Uint8Array(bytes, start - length, length);
  });
  try {
    appenderOf(partition).append(values);
    return { partition };
  } catch (error) {
    // Errors of lmdb carry the errno as `code`, those of Node its name.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isDiskFull = [constants.errno.ENOSPC, constants.errno.EDQUOT, 'ENOSPC', 'EDQUOT'].some(
      (full) => full === code,
    );
    return { partition, failure: { isDiskFull, message: String(error) } };
  }
}

const port = parentPort;
if (port === null) throw new Error('writer-thread.ts runs in a worker thread only');
port.on('message', async (request: WriterRequest) => {
  if (request.kind === 'append') {
    port.postMessage(append(request.partition, request.bytes, request.lengths));
    return;
  }
  for (const appender of appenders.values()) await appender.close();
  port.close();
});
