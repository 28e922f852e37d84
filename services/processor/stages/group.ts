import { group as groupEvent } from '@culprit/grouping';
import { ok, type StageResult } from '@culprit/pipeline';
import type { GroupedEvent, ScrubbedRecord } from './types.ts';

/** Which issue the event belongs to, by the current strategy. */
export function group(scrubbed: ScrubbedRecord): StageResult<GroupedEvent> {
  return ok({ ...scrubbed, grouping: groupEvent(scrubbed.event) });
}
