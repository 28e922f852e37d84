import type { ProcessorContext } from '../context.ts';
import { earlierReports, eventTimes } from '../queries/user-reports.ts';
import type { Item, UserReportItem } from './items.ts';

/** A report may be corrected for so long. */
const OVERWRITE_MS = 5 * 60_000;
/** An event takes its first report for so long. */
const OPEN_MS = 30 * 60_000;

/**
 * Offsets of user reports that come too late, with the reason: the event is older than half an hour, or has had a report for more than five
 * minutes. A report may come before its event. Rows of this batch itself do not count: after a crash they may be there.
 */
export async function refuseReports(
  partition: number,
  items: readonly Item[],
  duplicates: ReadonlySet<number>,
  context: ProcessorContext,
): Promise<ReadonlyMap<number, string>> {
  const reports = items.filter(
    (item): item is UserReportItem => item.kind === 'user_report' && !duplicates.has(item.offset),
  );
  const refused = new Map<number, string>();
  if (reports.length === 0) return refused;
  const asked = {
    projects: [...new Set(reports.map(({ header }) => header.project_id))],
    ids: [...new Set(reports.map(({ read }) => read.eventId))],
  };
  const [events, earlier] = await Promise.all([
    context.clickhouse.query(eventTimes, asked),
    context.clickhouse.query(earlierReports, { ...asked, partition, first: items[0]?.offset ?? 0 }),
  ]);
  const eventAt = new Map(events.map((row) => [`${row.project_id}:${row.event}`, row.received]));
  const firstReportAt = new Map(earlier.map((row) => [`${row.project_id}:${row.event}`, row.first]));
  for (const { header, offset, read } of reports) {
    const key = `${header.project_id}:${read.eventId}`;
    const { received } = header;
    const since = firstReportAt.get(key);
    if (received - (eventAt.get(key) ?? received) > OPEN_MS) refused.set(offset, 'timestamp');
    else if (since !== undefined && received - since > OVERWRITE_MS) refused.set(offset, 'duplicate_item');
    else if (since === undefined) firstReportAt.set(key, received);
  }
  return refused;
}
