import { decodePayload } from '@culprit/normalization';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import type { DecodedEvent, FramedEvent } from './types.ts';

/** Payload bytes to JSON. What is no JSON object is lost: there is nothing to store. */
export function decode(framed: FramedEvent): StageResult<DecodedEvent> {
  const decoded = decodePayload(framed.payload);
  if (!decoded.ok) return drop('invalid', decoded.reason);
  return ok({ offset: framed.offset, header: framed.header, json: decoded.value });
}
