import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd';

/** The encoding of a `Content-Encoding` header; ruby sends an empty one. Undefined for one that is not known. */
export function parseEncoding(header: string | undefined): Encoding | undefined {
  if (header === undefined) return 'identity';
  const name = header.trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  return name === 'deflate' || name === 'br' || name === 'zstd' ? name : undefined;
}

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

/** `deflate` means the zlib format; some senders leave its header out. */
export function hasZlibHeader(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  return (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
