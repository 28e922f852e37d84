import { filterEvent } from '@culprit/filters';
import { ok, type StageResult } from '@culprit/pipeline';
import type { FilteredRecord, NormalizedRecord, StageContext } from './types.ts';

/**
 * Whether the project wants the event. Only noted: the plan decides, and one that is adopted does not change with the settings. So what is
 * filtered takes the whole path, too.
 */
export function filter(normalized: NormalizedRecord, context: StageContext): StageResult<FilteredRecord> {
  const { event, header } = normalized;
  const settings = context.project(header.project_id)?.settings.filters;
  const request = { clientIp: header.client_ip, userAgent: header.user_agent };
  return ok({ ...normalized, filtered: settings && filterEvent(event, settings, request) });
}
