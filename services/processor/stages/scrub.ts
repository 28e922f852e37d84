import { ok, type StageResult } from '@culprit/pipeline';
import { DEFAULT_SCRUBBING, scrubEvent } from '@culprit/scrubbing';
import type { FilteredRecord, ScrubbedRecord, StageContext } from './types.ts';

/** Takes secrets out of the event, before a title, a tag or an identity is made of it. */
export function scrub(filtered: FilteredRecord, context: StageContext): StageResult<ScrubbedRecord> {
  const settings = context.project(filtered.header.project_id)?.settings.scrubbing ?? DEFAULT_SCRUBBING;
  return ok({ ...filtered, event: scrubEvent(filtered.event, settings), isScrubbed: true });
}
