import type { Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { type Encoding, hasZlibHeader } from '@culprit/protocol';

/** A stream that decompresses; `first` are the first bytes of the body. */
export function decompressor(encoding: Exclude<Encoding, 'identity'>, first: Buffer): Transform {
  switch (encoding) {
    case 'gzip':
      return createGunzip();
    case 'deflate':
      return hasZlibHeader(first) ? createInflate() : createInflateRaw();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
  }
}
