import type { EventLog } from '@culprit/event-log';
import type { ProcessorContext } from '../context.ts';
import { DELETE_ORPHANS, orphanedAttachments } from '../queries/maintenance.ts';
import { deleteRows } from './mutations.ts';
import { settledBefore } from './sweep-files.ts';

/** How far back is looked: this runs once a day, and what a longer pause leaves goes with its month. */
const SPAN_MS = 32 * 24 * 3600 * 1000;

/**
 * Deletes attachments that came by themselves and whose event did not come within eight days: it was filtered, refused, or never sent. Their files
 * follow by the sweep.
 *
 * @returns how many.
 */
export async function collectOrphans(
  log: EventLog,
  context: ProcessorContext,
  signal: AbortSignal,
): Promise<number> {
  const before = await settledBefore(log, context);
  const span = { from: Math.max(0, before - SPAN_MS), before: Math.max(0, before) };
  const [found] = await context.clickhouse.query(orphanedAttachments, span);
  if (found === undefined || found.rows === 0) return 0;
  await deleteRows(context.clickhouse, [{ statement: DELETE_ORPHANS, params: span }], signal);
  return found.rows;
}
