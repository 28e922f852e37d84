import { each, pipeline } from '@culprit/pipeline';
import { decodeItem } from '../stages/decode-item.ts';
import { filterSessions } from '../stages/filter-sessions.ts';
import { readCheckIn } from '../stages/read-check-in.ts';
import { readSessions } from '../stages/read-sessions.ts';
import { readUserReport } from '../stages/read-user-report.ts';
import type { FramedItem, StageContext } from '../stages/types.ts';

/** The paths of the items that are no events; pure, as that of an event. */
export const sessions = pipeline<FramedItem, StageContext>()
  .pipe(each(decodeItem))
  .pipe(each(readSessions))
  .pipe(each(filterSessions));
export const userReports = pipeline<FramedItem, StageContext>()
  .pipe(each(decodeItem))
  .pipe(each(readUserReport));
export const checkIns = pipeline<FramedItem, StageContext>().pipe(each(decodeItem)).pipe(each(readCheckIn));
