import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { ByteBudget } from './byte-budget.ts';
import { QueryError, refuse } from './errors.ts';
import { header } from './request.ts';

/** The largest body, after decompression, in bytes. */
export const maxBodyBytes = 64 * 1024 * 1024;

/**
 * Reads a request's body whole; its bytes count against the budget until `release`.
 *
 * @throws QueryError QUERY_IS_TOO_LARGE (413) above 64 MiB, CANNOT_DECOMPRESS for a broken gzip body
 */
export async function readBody(
  request: IncomingMessage,
  budget: ByteBudget,
): Promise<{ bytes: Buffer; release(): void }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const release = (): void => {
    budget.give(size);
    size = 0;
  };
  try {
    await receive(request, (chunk) => {
      budget.take(chunk.length);
      size += chunk.length;
      chunks.push(chunk);
    });
  } catch (cause) {
    release();
    throw cause;
  }
  return { bytes: Buffer.concat(chunks, size), release };
}

/** Writes a request's body to a new file, with the same bounds and errors as `readBody`; nothing of it stays in memory. */
export async function saveBody(request: IncomingMessage, file: string): Promise<void> {
  const sink = createWriteStream(file, { flags: 'wx', mode: 0o600, highWaterMark: 1024 * 1024 });
  await translate(pipeline(decoded(request), bounded(), sink));
}

async function receive(request: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  await translate(
    pipeline(decoded(request), bounded(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) take(chunk);
    }),
  );
}

async function translate(reading: Promise<void>): Promise<void> {
  try {
    await reading;
  } catch (cause) {
    if (cause instanceof QueryError) throw cause;
    throw refuse('CANNOT_DECOMPRESS', 'Cannot read the body of the request.', 400);
  }
}

function bounded(): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      done(size > maxBodyBytes ? tooLarge() : null, chunk);
    },
  });
}

function decoded(request: IncomingMessage): Readable {
  if (Number(header(request, 'content-length') ?? '0') > maxBodyBytes) throw tooLarge();
  const encoding = header(request, 'content-encoding') ?? 'identity';
  if (encoding === 'identity')
    return keepSocket(request, new Transform({ transform: (chunk, _, done) => done(null, chunk) }));
  if (encoding === 'gzip') return keepSocket(request, createGunzip());
  throw refuse('NOT_IMPLEMENTED', 'Content-Encoding may be gzip or identity.');
}

/** Joined by `pipe`, so that a refused body does not destroy the request and with it the connection that has to carry the refusal. */
function keepSocket(request: IncomingMessage, next: Transform): Transform {
  request.once('close', () => {
    if (!request.complete) next.destroy(new Error('the client hung up'));
  });
  return request.pipe(next);
}

function tooLarge(): QueryError {
  return refuse('QUERY_IS_TOO_LARGE', `The body is larger than ${maxBodyBytes} bytes.`);
}
