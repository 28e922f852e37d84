import type { IncomingMessage } from 'node:http';
import { type Encoding, parseEncoding, type Refusal, refuse } from '@culprit/protocol';
import { decompressNow } from '@culprit/protocol/decompress';
import type { Admission, Reading } from '../admission.ts';
import { type DecompressOptions, decompressStream, PIECE_BYTES } from './decompress-stream.ts';

/** A whole body, decompressed. `release` gives its memory back to the budget; call it once. */
export interface Body {
  readonly ok: true;
  readonly bytes: Buffer;
  /** Bytes as they came over the wire. */
  readonly wireBytes: number;
  /** The body as it came, when that was compressed and is at hand. */
  readonly compressed?: CompressedBody;
  release(): void;
}

export interface CompressedBody {
  readonly encoding: Exclude<Encoding, 'identity'>;
  readonly bytes: Buffer;
}

/** `aborted`: the client went away before the body was complete; nobody is there to be answered. */
export type BodyResult = Body | Refusal | 'aborted';

export interface BodyLimits {
  /** Bytes after decompression. */
  readonly maxBytes: number;
  readonly idleMs: number;
}

/** Compressed bodies up to this many bytes are collected and decompressed in one go; longer ones as they come. */
const COLLECT_BYTES = 64 * 1024;
/** A one-go decompression may make this many bytes; it takes about 3 ms. What is larger is streamed, off the event loop. */
const ONE_GO_BYTES = 2 * 1024 * 1024;

/** Reads and decompresses the body of a request within the limits. Never throws. */
export async function readBody(
  raw: IncomingMessage,
  limits: BodyLimits,
  admission: Admission,
): Promise<BodyResult> {
  const encoding = parseEncoding(raw.headers['content-encoding']);
  if (encoding === undefined) return refuse(415, 'unknown content encoding', 'content_encoding');
  const announced = Number(raw.headers['content-length'] ?? 0);
  if (announced > limits.maxBytes) return tooLarge();
  const budget = new Budget(admission);
  admission.beginReading(budget);
  const result = await readWithin(raw, encoding, limits, budget);
  admission.endReading(budget);
  if (result === 'aborted' || !result.ok) {
    budget.release();
    raw.resume(); // what still comes is thrown away: a connection that is not read to the end would hang
  }
  return result;
}

async function readWithin(
  raw: IncomingMessage,
  encoding: Encoding,
  limits: BodyLimits,
  budget: Budget,
): Promise<BodyResult> {
  const collected = await collect(
    raw,
    encoding === 'identity' ? limits.maxBytes : COLLECT_BYTES,
    limits,
    budget,
  );
  if (collected === 'aborted' || 'ok' in collected) return collected;
  const { bytes, isWhole } = collected;
  if (encoding === 'identity') {
    return isWhole
      ? { ok: true, bytes, wireBytes: bytes.length, release: () => budget.release() }
      : tooLarge();
  }
  const options: DecompressOptions = { ...limits, budget };
  if (isWhole) {
    const now = decompressNow(encoding, bytes, Math.min(limits.maxBytes, ONE_GO_BYTES));
    if (now === 'corrupt') return corrupt();
    if (now !== 'too_large') {
      if (!budget.reserve(now.bytes.length)) return overloaded();
      return {
        ok: true,
        bytes: now.bytes,
        wireBytes: bytes.length,
        compressed: { encoding, bytes },
        release: () => budget.release(),
      };
    }
    if (limits.maxBytes <= ONE_GO_BYTES) return tooLarge();
  }
  const streamed = await decompressStream(raw, encoding, bytes, isWhole, options);
  if (streamed === 'aborted') return streamed;
  if (streamed === 'too_large') return tooLarge();
  if (streamed === 'corrupt') return corrupt();
  if (streamed === 'overloaded') return overloaded();
  if (streamed === 'stalled') return stalled();
  return { ok: true, ...streamed, release: () => budget.release() };
}

interface Collected {
  readonly bytes: Buffer;
  /** False: more than `enough` bytes have come and the request is paused. */
  readonly isWhole: boolean;
}

/** Collects chunks until the end, or until there are more than `enough` bytes. */
function collect(
  raw: IncomingMessage,
  enough: number,
  limits: BodyLimits,
  budget: Budget,
): Promise<Collected | Refusal | 'aborted'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => finish(stalled()), limits.idleMs);
    budget.onGiveUp = () => finish(stalled());
    const finish = (result: Collected | Refusal | 'aborted'): void => {
      clearTimeout(timer);
      budget.onGiveUp = undefined;
      raw.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      resolve(result);
    };
    const gathered = (): Buffer =>
      chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size);
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (!budget.reserve(chunk.length + PIECE_BYTES)) {
        finish(overloaded());
        return;
      }
      chunks.push(chunk);
      timer.refresh();
      if (size <= enough) return;
      raw.pause();
      finish({ bytes: gathered(), isWhole: false });
    };
    const onEnd = (): void => finish({ bytes: gathered(), isWhole: true });
    const onClose = (): void => finish('aborted');
    raw.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    if (raw.destroyed) onClose();
  });
}

/** What one request has reserved of the worker's memory. */
export class Budget implements Reading {
  /** Ends whatever waits for bytes of the body. */
  onGiveUp: (() => void) | undefined;
  readonly #admission: Admission;
  #bytes = 0;

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  reserve(bytes: number): boolean {
    if (!this.#admission.reserve(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  release(): void {
    this.#admission.release(this.#bytes);
    this.#bytes = 0;
  }

  giveUp(): void {
    this.onGiveUp?.();
    this.release();
  }
}

const tooLarge = (): Refusal => refuse(413, 'envelope exceeded size limits', 'too_large');
const corrupt = (): Refusal => refuse(400, 'body cannot be decompressed', 'invalid_compression');
const overloaded = (): Refusal => refuse(503, 'too many bytes in flight', 'overload');
const stalled = (): Refusal => refuse(408, 'body came too slowly', 'timeout');
