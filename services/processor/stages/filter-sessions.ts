import { filterSession } from '@culprit/filters';
import { ok, type StageResult } from '@culprit/pipeline';
import type { JudgedSessions, ReadSessions, StageContext } from './types.ts';

/** Whether the project wants these sessions. Only noted: the plan decides, so that one that is adopted does not change with the settings. */
export function filterSessions(read: ReadSessions, context: StageContext): StageResult<JudgedSessions> {
  const settings = context.project(read.header.project_id)?.settings.filters;
  const { clientIp, ipAddress, release, userAgent } = read;
  const filtered =
    settings === undefined ? undefined : filterSession({ clientIp, ipAddress, release, userAgent }, settings);
  return ok({ ...read, filtered });
}
