import type { EventLog } from '@culprit/event-log';
import type { ProcessorContext } from '../context.ts';
import { DELETE_ORPHANS, orphanedAttachments } from '../queries/maintenance.ts';
import { deadEvents } from '../store/dead-letters.ts';
import { deleteRows } from './mutations.ts';
import { settledBefore } from './sweep-files.ts';

/** How far back is looked: this runs once a day, and what a longer pause leaves goes with its month. */
const SPAN_MS = 32 * 24 * 3600 * 1000;

/** Events whose attachments are looked at and deleted at once. */
const AT_ONCE = 1_000;

/**
 * Deletes attachments that came by themselves and whose event did not come within eight days: it was filtered, refused, or never sent. Those of an event that is a
 * dead letter stay, since it may be replayed. Their files follow by the sweep.
 *
 * @returns how many.
 */
export async function collectOrphans(
  log: EventLog,
  context: ProcessorContext,
  signal: AbortSignal,
): Promise<number> {
  const { clickhouse, database } = context;
  const before = await settledBefore(log, context);
  const span = { from: Math.max(0, before - SPAN_MS), before: Math.max(0, before) };
  let after = '';
  let deleted = 0;
  for (;;) {
    const orphans = await clickhouse.query(orphanedAttachments, { ...span, after, limit: AT_ONCE });
    const last = orphans.at(-1);
    if (last === undefined) return deleted;
    after = last.event;
    const dead = await deadEvents(
      database,
      orphans.map(({ event }) => event),
      new Date(span.before),
    );
    const going = orphans.filter(({ event }) => !dead.has(event));
    if (going.length === 0) continue;
    const params = { ...span, events: going.map(({ event }) => event) };
    await deleteRows(clickhouse, [{ statement: DELETE_ORPHANS, params }], signal);
    deleted += going.reduce((sum, { attachments }) => sum + attachments, 0);
  }
}
