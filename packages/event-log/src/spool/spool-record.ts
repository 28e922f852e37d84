import type { NewRecord } from '../event-log.ts';

/** Bytes: `version u8 | key length u16 LE | reason length u16 LE | key | reason | value`, texts in UTF-8. */
const VERSION = 1;
const FRAME_BYTES = 5;
const MAX_TEXT_BYTES = 65_535;

/** A record on its way to the log, or one that the log has refused. */
export interface SpoolRecord extends NewRecord {
  /** Why the log refused it; empty while it waits. */
  readonly reason: string;
}

export class SpoolFormatError extends Error {
  readonly code = 'spool_format';
}

export function encodeSpoolRecord({ key, value, reason }: SpoolRecord): Uint8Array {
  const keyBytes = Buffer.from(key);
  const reasonBytes = Buffer.from(reason).subarray(0, 1024);
  if (keyBytes.length > MAX_TEXT_BYTES) throw new SpoolFormatError('the key is too long');
  const bytes = Buffer.allocUnsafeSlow(FRAME_BYTES + keyBytes.length + reasonBytes.length + value.length);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt16LE(keyBytes.length, 1);
  bytes.writeUInt16LE(reasonBytes.length, 3);
  bytes.set(keyBytes, FRAME_BYTES);
  bytes.set(reasonBytes, FRAME_BYTES + keyBytes.length);
  bytes.set(value, FRAME_BYTES + keyBytes.length + reasonBytes.length);
  return bytes;
}

/** @throws SpoolFormatError for a version that is not known, or torn bytes. */
export function decodeSpoolRecord(bytes: Uint8Array): SpoolRecord {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < FRAME_BYTES) throw new SpoolFormatError('the record is shorter than its frame');
  if (view[0] !== VERSION) throw new SpoolFormatError(`version ${view[0]} of the spool is not known`);
  const keyEnd = FRAME_BYTES + view.readUInt16LE(1);
  const reasonEnd = keyEnd + view.readUInt16LE(3);
  if (reasonEnd > view.length) throw new SpoolFormatError('the record runs past its end');
  return {
    key: view.toString('utf8', FRAME_BYTES, keyEnd),
    reason: view.toString('utf8', keyEnd, reasonEnd),
    value: bytes.subarray(reasonEnd),
  };
}
