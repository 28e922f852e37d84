import type { IncomingMessage } from 'node:http';
import type { Encoding } from '@culprit/protocol';
import { decompressor } from './decompressor.ts';

export interface DecompressOptions {
  /** Bytes after decompression. */
  readonly maxBytes: number;
  readonly idleMs: number;
  readonly budget: StreamBudget;
}

/** Where the output's memory comes from. */
export interface StreamBudget {
  /** False when there is none. */
  reserve(bytes: number): boolean;
  /** Called when somebody else needs the place of a body that comes in slowly. */
  onGiveUp: (() => void) | undefined;
}

/** Memory that a piece of a body takes besides its bytes: senders choose how small the pieces are. */
export const PIECE_BYTES = 512;

export type Streamed =
  | { readonly bytes: Buffer; readonly wireBytes: number }
  | 'aborted'
  | 'too_large'
  | 'corrupt'
  | 'overloaded'
  | 'stalled';

/**
 * Decompresses while the body comes in. The compressed bytes are not kept, the output is counted against the budget chunk by chunk, so that a bomb
 * costs what it may cost and no more.
 *
 * @param first what was already read of the body; `raw` is paused after it unless `isWhole`.
 */
export function decompressStream(
  raw: IncomingMessage,
  encoding: Exclude<Encoding, 'identity'>,
  first: Buffer,
  isWhole: boolean,
  options: DecompressOptions,
): Promise<Streamed> {
  return new Promise((resolve) => {
    const stream = decompressor(encoding, first);
    const chunks: Buffer[] = [];
    let size = 0;
    let wireBytes = first.length;
    const timer = setTimeout(() => finish('stalled'), options.idleMs);
    options.budget.onGiveUp = () => finish('stalled');

    const finish = (result: Streamed): void => {
      clearTimeout(timer);
      options.budget.onGiveUp = undefined;
      raw.off('data', onBody).off('end', onBodyEnd).off('close', onClose).off('error', onClose);
      stream.off('data', onOutput).off('end', onOutputEnd);
      if (typeof result === 'string') stream.destroy();
      // What is sent after the end of the compressed data belongs to nothing: unread, it would block the connection.
      raw.resume();
      resolve(result);
    };
    const onBody = (chunk: Buffer): void => {
      wireBytes += chunk.length;
      timer.refresh();
      if (wireBytes > options.maxBytes) {
        finish('too_large');
        return;
      }
      if (!stream.write(chunk)) raw.pause();
    };
    const onBodyEnd = (): void => {
      stream.end();
    };
    const onClose = (): void => {
      if (!raw.readableEnded) finish('aborted');
    };
    const onOutput = (chunk: Buffer): void => {
      size += chunk.length;
      timer.refresh();
      if (size > options.maxBytes) {
        finish('too_large');
        return;
      }
      if (!options.budget.reserve(chunk.length + PIECE_BYTES)) {
        finish('overloaded');
        return;
      }
      chunks.push(chunk);
    };
    const onOutputEnd = (): void => {
      // Joining the chunks holds them twice for a moment.
      if (!options.budget.reserve(size)) {
        finish('overloaded');
        return;
      }
      finish({ bytes: Buffer.concat(chunks, size), wireBytes });
    };

    stream.on('data', onOutput).on('end', onOutputEnd);
    stream.on('error', () => finish('corrupt')); // stays attached: a destroyed stream may still report
    if (isWhole) {
      stream.end(first);
      return;
    }
    stream.on('drain', () => raw.resume());
    raw.on('data', onBody).on('end', onBodyEnd).on('close', onClose).on('error', onClose);
    if (stream.write(first)) raw.resume();
    if (raw.destroyed && !raw.readableEnded) onClose();
  });
}
