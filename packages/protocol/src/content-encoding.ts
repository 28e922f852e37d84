export type Encoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd';

/** The encoding of a `Content-Encoding` header; ruby sends an empty one. Undefined for one that is not known. */
export function parseEncoding(header: string | undefined): Encoding | undefined {
  if (header === undefined) return 'identity';
  const name = header.trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  return name === 'deflate' || name === 'br' || name === 'zstd' ? name : undefined;
}

/** `deflate` means the zlib format; some senders leave its header out. */
export function hasZlibHeader(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  return (bytes.readUInt8(0) & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}
