import type { EventId, NormalizedEvent, ProjectId } from '@culprit/protocol';

/** A normalized event with some fields set. */
export function anEvent(fields: Record<string, unknown> = {}): NormalizedEvent {
  return {
    event_id: 'f'.repeat(32) as EventId,
    project: 42 as ProjectId,
    key_id: '7',
    received: 1_795_259_045.5,
    timestamp: 1_795_259_045.5,
    type: 'error',
    level: 'error',
    version: '7',
    platform: 'javascript',
    ...fields,
  };
}
