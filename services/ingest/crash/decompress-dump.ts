import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { type Refusal, refuse } from '@culprit/protocol';
import { oversized } from '../accept/item-limits.ts';
import { isMinidump } from './crash-event.ts';

const gunzipAsync = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

/** Containers that nothing here can open: kept as they are, for whoever looks at the dump. */
const KEPT_CLOSED = ['fd377a585a00', '425a68'];

/** A dump that was compressed by itself, whatever the encoding of the request, in the clear. What is no minidump is refused. */
export async function openDump(bytes: Buffer, maxBytes: number): Promise<Buffer | Refusal> {
  const magic = bytes.subarray(0, 6).toString('hex');
  if (KEPT_CLOSED.some((start) => magic.startsWith(start))) return bytes;
  const open = magic.startsWith('1f8b') ? gunzipAsync : magic.startsWith('28b52ffd') ? unzstd : undefined;
  if (open === undefined) return isMinidump(bytes) ? bytes : invalid();
  try {
    const dump = (await open(bytes, { maxOutputLength: maxBytes })) as Buffer;
    return isMinidump(dump) ? dump : invalid();
  } catch (error) {
    const isLong = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isLong
      ? oversized('attachment')
      : refuse(400, 'dump cannot be decompressed', 'invalid_compression');
  }
}

/** The file name without the ending that says how the file was compressed. */
export function nameOfOpened(name: string): string {
  return name.replace(/\.(?:gz|zst)$/, '');
}

const invalid = (): Refusal => refuse(400, 'invalid minidump', 'invalid_minidump');
