import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { QueryError, refuse } from './errors.ts';
import { header } from './request.ts';

/** The largest body, after decompression, in bytes. */
export const maxBodyBytes = 64 * 1024 * 1024;

/**
 * Reads a request's body whole.
 *
 * @throws QueryError QUERY_IS_TOO_LARGE (413) above 64 MiB, CANNOT_DECOMPRESS for a broken gzip body
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(header(request, 'content-length') ?? '0');
  if (announced > maxBodyBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of decoded(request) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof QueryError) throw cause;
    throw refuse('CANNOT_DECOMPRESS', 'Cannot read the body of the request.', 400);
  }
  return Buffer.concat(chunks, size);
}

function decoded(request: IncomingMessage): Readable {
  const encoding = header(request, 'content-encoding') ?? 'identity';
  if (encoding === 'identity') return request;
  if (encoding !== 'gzip') {
    throw refuse('NOT_IMPLEMENTED', 'Content-Encoding may be gzip or identity.');
  }
  const gunzip = createGunzip();
  request.once('error', (cause) => gunzip.destroy(cause));
  request.once('aborted', () => gunzip.destroy(new Error('the client hung up')));
  return request.pipe(gunzip);
}

function tooLarge(): QueryError {
  return refuse('QUERY_IS_TOO_LARGE', `The body is larger than ${maxBodyBytes} bytes.`);
}
