import { group as groupEvent } from '@culprit/grouping';
import { ok, type StageResult } from '@culprit/pipeline';
import type { GroupedEvent, NormalizedRecord } from './types.ts';

/** Which issue the event belongs to, by the current strategy. */
export function group(normalized: NormalizedRecord): StageResult<GroupedEvent> {
  return ok({ ...normalized, grouping: groupEvent(normalized.event) });
}
