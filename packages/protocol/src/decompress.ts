import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type Encoding, hasZlibHeader } from './content-encoding.ts';
import {
  type EventRecordHeader,
  type LogRecord,
  LogRecordError,
  MAX_COMPRESSED_BODY_BYTES,
} from './log-record.ts';

export type Decompressed = { readonly bytes: Buffer } | 'too_large' | 'corrupt';

/** Decompresses a small body in one go: cheaper than a stream, and `maxBytes` bounds how long it takes. */
export function decompressNow(encoding: Encoding, bytes: Buffer, maxBytes: number): Decompressed {
  const options = { maxOutputLength: maxBytes };
  try {
    switch (encoding) {
      case 'identity':
        return bytes.length > maxBytes ? 'too_large' : { bytes };
      case 'gzip':
        return { bytes: gunzipSync(bytes, options) };
      case 'deflate':
        return { bytes: hasZlibHeader(bytes) ? inflateSync(bytes, options) : inflateRawSync(bytes, options) };
      case 'br':
        return { bytes: brotliDecompressSync(bytes, options) };
      case 'zstd':
        return { bytes: zstdDecompressSync(bytes, options) };
    }
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      ? 'too_large'
      : 'corrupt';
  }
}

/** The event JSON of a record that holds it. @throws LogRecordError when the body is not what its header says. */
export function eventJsonOf({ header, payload }: LogRecord<EventRecordHeader>): Uint8Array {
  const part = header.payload_part;
  if (part === undefined) return payload;
  const { encoding, size, start, length } = part;
  const body = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const whole = decompressNow(encoding, body, Math.min(size, MAX_COMPRESSED_BODY_BYTES));
  if (typeof whole === 'string' || whole.bytes.length !== size || !(start >= 0 && start + length <= size)) {
    throw new LogRecordError('compressed payload is not what the header says');
  }
  return whole.bytes.subarray(start, start + length);
}
