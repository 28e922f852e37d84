import { type Grouping, group as groupEvent } from '@culprit/grouping';
import { ok, type StageResult } from '@culprit/pipeline';
import { NO_ISSUE, type NormalizedEvent } from '@culprit/protocol';
import type { GroupedEvent, ScrubbedRecord } from './types.ts';

/** Which issue the event belongs to, by the current strategy. Feedback is about other events and belongs to none. */
export function group(scrubbed: ScrubbedRecord): StageResult<GroupedEvent> {
  const { event } = scrubbed;
  const isFeedback = event.type === 'feedback' || scrubbed.header.item_type === 'feedback';
  return ok({ ...scrubbed, grouping: isFeedback ? feedbackGrouping(event) : groupEvent(event) });
}

function feedbackGrouping(event: NormalizedEvent): Grouping {
  const message = event.contexts?.feedback?.message;
  const line = typeof message === 'string' ? (message.trim().split(/[\r\n]/, 1)[0] ?? '').slice(0, 256) : '';
  return {
    hash: NO_ISSUE,
    strategy: 'none',
    variant: 'message',
    title: line === '' ? 'User feedback' : line.toWellFormed(),
    culprit: '',
    metadata: {},
  };
}
