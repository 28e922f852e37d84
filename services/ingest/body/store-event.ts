import { inflateSync } from 'node:zlib';
import {
  type EventId,
  isNilEventId,
  parseEventId,
  type Refusal,
  refuse,
  replaceNonFiniteNumbers,
} from '@culprit/protocol';
import { oversized } from '../accept/item-limits.ts';
import { newRecordId } from '../accept/outcome-ledger.ts';

/** An event of the legacy route. */
export interface StoreEvent {
  readonly ok: true;
  readonly id: EventId;
  readonly type: unknown;
  /** As sent, after base64 and zlib. */
  readonly json: Uint8Array;
}

/**
 * Reads an event as the legacy route takes it: JSON, base64 of JSON, or base64 of zlib of JSON, which old clients send without a word.
 *
 * @param maxBytes bytes of the JSON.
 */
export function readStoreEvent(body: Buffer, maxBytes: number): StoreEvent | Refusal {
  const json = decodeLegacy(body, maxBytes);
  if (!(json instanceof Uint8Array)) return json;
  if (json.length === 0) return refuse(400, 'empty body', 'no_data');
  if (json.length > maxBytes) return tooLarge();
  const event = parseEvent(json.toString('utf8'));
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    return refuse(400, 'invalid JSON: expected an event object', 'invalid_json');
  }
  const { event_id: given, type } = event as { event_id?: unknown; type?: unknown };
  const id = parseEventId(given) ?? (given == null || isNilEventId(given) ? newRecordId() : undefined);
  return id === undefined ? refuse(400, 'malformed event_id', 'invalid_json') : { ok: true, id, type, json };
}

function parseEvent(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Python writes NaN and Infinity; the processor reads them the same way.
  }
  try {
    return JSON.parse(replaceNonFiniteNumbers(text));
  } catch {
    return undefined;
  }
}

/** Old clients send base64 of JSON, or base64 of zlib of JSON, and do not say so. */
function decodeLegacy(body: Buffer, maxBytes: number): Buffer | Refusal {
  const first = firstByte(body);
  if (first === undefined || first === '{') return body;
  const bytes = Buffer.from(body.toString('latin1'), 'base64');
  if (firstByte(bytes) === '{') return bytes;
  try {
    return inflateSync(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isLong = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isLong ? tooLarge() : refuse(400, 'invalid JSON', 'invalid_json');
  }
}

/** The first character that is not white space. */
function firstByte(bytes: Buffer): string | undefined {
  for (const byte of bytes) {
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return String.fromCharCode(byte);
  }
  return undefined;
}

const tooLarge = (): Refusal => oversized('event');
