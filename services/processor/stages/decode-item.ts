import { decodePayload } from '@culprit/normalization';
import { drop, ok, type StageResult } from '@culprit/pipeline';
import type { DecodedItem, FramedItem, StageContext } from './types.ts';

/** Payload bytes to JSON, of an item that is no event and whose project is there. */
export function decodeItem(framed: FramedItem, context: StageContext): StageResult<DecodedItem> {
  const { header, offset } = framed;
  if (context.project(header.project_id) === undefined) return drop('invalid', 'project_id');
  const decoded = decodePayload(framed.payload);
  if (!decoded.ok) return drop('invalid', decoded.reason);
  return ok({ offset, header, json: decoded.value });
}
