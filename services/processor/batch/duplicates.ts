import { partitionOf } from '@culprit/event-log';
import { logKeyOf, parseEventId, parseProjectId } from '@culprit/protocol';
import type { ProcessorContext } from '../context.ts';
import { hoursOfPartition, recentEventIds, rowsByEventId } from '../queries/duplicates.ts';
import { DuplicateFilter } from './duplicate-filter.ts';
import type { Item } from './items.ts';

/** Records are compared with those of the last 7 days. */
export const DUPLICATE_HORIZON_MS = 7 * 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;

/**
 * Fills the filter of a partition from what is stored; hour by hour, so that no answer is large. Of what logs before this one have stored, it takes
 * the ids that would come to this partition now.
 */
export async function loadDuplicateFilter(
  partition: number,
  partitions: number,
  context: ProcessorContext,
): Promise<DuplicateFilter> {
  const filter = new DuplicateFilter(Math.floor(Math.random() * 0xffffffff));
  const now = context.clock.now();
  const { firstOffset = 0 } = context;
  const hours = await hoursWithEvents(partition, now, context);
  for (const from of hours) {
    const rows = await context.clickhouse.query(recentEventIds, {
      partition,
      firstOffset,
      from,
      to: from + HOUR_MS,
    });
    for (const row of rows) {
      if (firstOffset > 0 && !comesTo(partition, partitions, row)) continue;
      filter.add(row.project_id, row.event_id);
    }
  }
  return filter;
}

async function hoursWithEvents(
  partition: number,
  now: number,
  context: ProcessorContext,
): Promise<readonly number[]> {
  const rows = await context.clickhouse.query(hoursOfPartition, {
    partition,
    firstOffset: context.firstOffset ?? 0,
    since: now - DUPLICATE_HORIZON_MS,
  });
  return rows.map((row) => row.hour * 1000);
}

/**
 * Offsets of the event items that are duplicates: the same (project, id) stands earlier in this batch, or is stored with a smaller
 * (partition, offset), or by a log before this one. Never compared by id alone: after a crash the rows of this very batch may be there.
 */
export async function findDuplicates(
  partition: number,
  items: readonly Item[],
  filter: DuplicateFilter,
  context: ProcessorContext,
): Promise<ReadonlySet<number>> {
  const duplicates = new Set<number>();
  const inBatch = new Set<string>();
  const suspects = new Map<string, number>();
  for (const item of items) {
    if (item.kind !== 'event') continue;
    const key = `${item.header.project_id}:${item.header.id}`;
    if (inBatch.has(key)) duplicates.add(item.offset);
    else if (filter.mightContain(item.header.project_id, item.header.id)) suspects.set(key, item.offset);
    inBatch.add(key);
  }
  if (suspects.size === 0) return duplicates;
  const rows = await context.clickhouse.query(rowsByEventId, {
    ids: [...suspects.keys()].map((key) => key.slice(key.indexOf(':') + 1)),
    since: context.clock.now() - DUPLICATE_HORIZON_MS,
  });
  for (const row of rows) {
    const offset = suspects.get(`${row.project_id}:${row.event_id}`);
    if (offset === undefined) continue;
    const isEarlier =
      row.log_offset < (context.firstOffset ?? 0) ||
      row.log_partition < partition ||
      (row.log_partition === partition && row.log_offset < offset);
    if (isEarlier) duplicates.add(offset);
  }
  return duplicates;
}

/** Remembers the ids of a batch, once it is planned. */
export function rememberIds(items: readonly Item[], filter: DuplicateFilter): void {
  for (const item of items) {
    if (item.kind === 'event') filter.add(item.header.project_id, item.header.id);
  }
}

function comesTo(
  partition: number,
  partitions: number,
  row: { readonly project_id: number; readonly event_id: string },
): boolean {
  const [project_id, id] = [parseProjectId(row.project_id), parseEventId(row.event_id)];
  if (project_id === undefined || id === undefined) return true;
  return partitionOf(logKeyOf({ project_id, id }), partitions) === partition;
}
