import { statfsSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { Appender, type PlacedBlock } from './appender.ts';
import type { WriterAnswer, WriterOptions, WriterRequest } from './writer-messages.ts';

/** With less left than what was to be written and this, a failed write is taken to be the disk's: LMDB tells a short write as EIO. */
const FULL_BELOW_BYTES = 1024 * 1024;

/**
 * The thread that appends. Its calls block until the disk has answered, which lets it hold a lock between processes from before
 * a segment is opened until after it is committed; and it takes no thread of libuv's pool, of which LMDB's own asynchronous
 * transactions would take one for as long as they wait.
 */
const { folder, partitions, segmentBytes } = workerData as WriterOptions;
const port = parentPort;
if (port === null) throw new Error('writer-thread.ts runs in a worker thread only');
let appender: Appender | undefined;

function append(request: Extract<WriterRequest, { kind: 'append' }>): WriterAnswer {
  let end = 0;
  const blocks = request.blocks.map(({ partition, records, length }): PlacedBlock => {
    end += length;
    return { partition, records, block: new Uint8Array(request.bytes, end - length, length) };
  });
  try {
    appender ??= new Appender(folder, partitions, segmentBytes);
    appender.append(blocks);
    return { bytes: request.bytes };
  } catch (error) {
    const { bavail, bsize } = statfsSync(folder);
    const isDiskFull = bavail * bsize < FULL_BELOW_BYTES + 2 * request.bytes.byteLength;
    return { bytes: request.bytes, failure: { isDiskFull, message: String(error) } };
  }
}

port.on('message', async (request: WriterRequest) => {
  if (request.kind === 'append') {
    const answer = append(request);
    port.postMessage(answer, [request.bytes]);
    return;
  }
  await appender?.close();
  port.close();
});
