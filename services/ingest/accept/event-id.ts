import { type EventId, parseEventId } from '@culprit/protocol';
import { newRecordId } from './outcome-ledger.ts';

/** The event's id when the envelope header has none: the payload's, else a new one. A payload that is no JSON is somebody else's concern. */
export function eventIdOfPayload(payload: Uint8Array): EventId {
  try {
    const event: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof event === 'object' && event !== null && 'event_id' in event) {
      return parseEventId(event.event_id) ?? newRecordId();
    }
  } catch {
    // falls through: the processor says what is wrong with it
  }
  return newRecordId();
}
