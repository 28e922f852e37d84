import { each, pipeline } from '@culprit/pipeline';
import { decode } from '../stages/decode.ts';
import { filter } from '../stages/filter.ts';
import { group } from '../stages/group.ts';
import { identify } from '../stages/identify.ts';
import { normalize } from '../stages/normalize.ts';
import { scrub } from '../stages/scrub.ts';
import { shape } from '../stages/shape.ts';
import type { FramedEvent, StageContext } from '../stages/types.ts';

/**
 * The path of an error event from its record in the log to what a row needs. All of it is pure and gives the same result for the
 * same record, so that a batch can be rebuilt after a crash; what must be decided once (duplicate? which deploy? which issue?) is
 * decided in the plan that follows (`batch/settle.ts`).
 */
export const errorEvents = pipeline<FramedEvent, StageContext>()
  .pipe(each(decode))
  .pipe(each(normalize))
  .pipe(each(filter))
  .pipe(each(scrub))
  .pipe(each(group))
  .pipe(each(identify))
  .pipe(each(shape));
