import { partitionOf } from '@culprit/event-log';
import { logKeyOf, parseEventId, parseProjectId } from '@culprit/protocol';
import type { ProcessorContext } from '../context.ts';
import {
  filteredByEventId,
  hoursOfPartition,
  recentEventIds,
  rowsByEventId,
  rowsByRecordId,
} from '../queries/duplicates.ts';
import { DuplicateFilter } from './duplicate-filter.ts';
import type { Item } from './items.ts';

/** Records are compared with those that came up to 7 days before them. */
export const DUPLICATE_HORIZON_MS = 7 * 24 * 3600 * 1000;
const HOUR_MS = 3600 * 1000;
/** How much older than what was there before it a record may be until it is looked up in any case: those of several writers, and of a spool, come out of order. */
const OUT_OF_ORDER_MS = HOUR_MS;
/** About so many ids come in one answer when a partition is claimed. */
const IDS_AT_ONCE = 100_000;
const MOST_PARTS = 3_600;

/**
 * Fills the filter of a partition from what is stored, an hour or less at a time, so that no answer is large. Of what logs before this one have stored, it takes
 * the ids that would come to this partition now.
 *
 * @param oldest when the first record was received that is to be processed; it may have waited for long. Unix milliseconds.
 */
export async function loadDuplicateFilter(
  partition: number,
  partitions: number,
  oldest: number,
  context: ProcessorContext,
): Promise<DuplicateFilter> {
  const since = rememberedSince(oldest);
  const filter = new DuplicateFilter(Math.floor(Math.random() * 0xffffffff), since);
  const { firstOffset = 0 } = context;
  const hours = await context.clickhouse.query(hoursOfPartition, { partition, firstOffset, since });
  for (const { from, to } of hours.flatMap(stretchesOf)) {
    const rows = await context.clickhouse.query(recentEventIds, { partition, firstOffset, from, to });
    for (const row of rows) {
      if (firstOffset > 0 && !comesTo(partition, partitions, row)) continue;
      filter.add(row.project_id, row.event_id, to);
    }
  }
  return filter;
}

/** From when on ids must be known for records that were received at `oldest` or later; unix milliseconds. */
function rememberedSince(oldest: number): number {
  return oldest - OUT_OF_ORDER_MS - DUPLICATE_HORIZON_MS;
}

/** An hour in as many parts as its ids need. */
function stretchesOf({
  hour,
  ids,
}: {
  readonly hour: number;
  readonly ids: number;
}): readonly { readonly from: number; readonly to: number }[] {
  const parts = Math.min(Math.ceil(ids / IDS_AT_ONCE), MOST_PARTS);
  const length = Math.ceil(HOUR_MS / parts);
  return Array.from({ length: parts }, (_, part) => {
    const from = hour * 1000 + part * length;
    return { from, to: Math.min(from + length, hour * 1000 + HOUR_MS) };
  });
}

/**
 * Offsets of the items that are duplicates: the same (project, id) stands earlier in this batch, or is stored with a smaller
 * (partition, offset), or by a log before this one. Never compared by id alone: after a crash the rows of this very batch may be there.
 * Every kind of record has an id; that of an event stands in its row, those of the others and of filtered events with their outcomes. A record that is
 * older than what the filter knows (a dead letter that is replayed after weeks) is always looked up.
 */
export async function findDuplicates(
  partition: number,
  items: readonly Item[],
  filter: DuplicateFilter,
  context: ProcessorContext,
): Promise<ReadonlySet<number>> {
  const duplicates = new Set<number>();
  const inBatch = new Set<string>();
  const suspects: Suspects = { event: new Map(), other: new Map() };
  for (const item of items) {
    const record = recordOf(item);
    if (record === undefined) continue;
    const key = `${record.projectId}:${record.id}`;
    const keyInBatch = `${record.kind} ${key}`;
    if (inBatch.has(keyInBatch)) duplicates.add(item.offset);
    else if (isTooOld(record, filter) || filter.mightContain(record.projectId, record.id)) {
      suspects[record.kind].set(key, item.offset);
    }
    inBatch.add(keyInBatch);
  }
  const isEarlier = (row: Place, offset: number): boolean =>
    row.log_offset < (context.firstOffset ?? 0) ||
    row.log_partition < partition ||
    (row.log_partition === partition && row.log_offset < offset);
  // By when they were received, not by the clock: after a long pause the log is full of old ones.
  const oldest = items.reduce((at, { header }) => Math.min(at, header?.received ?? at), context.clock.now());
  const since = oldest - DUPLICATE_HORIZON_MS;
  for (const { key, ...row } of await storedPlaces(suspects, since, context)) {
    const offset = suspects[row.kind].get(key);
    if (offset !== undefined && isEarlier(row, offset)) duplicates.add(offset);
  }
  return duplicates;
}

type RecordKind = 'event' | 'other';
/** Offsets by `<project>:<id>`. */
type Suspects = Readonly<Record<RecordKind, Map<string, number>>>;

interface Place {
  readonly log_partition: number;
  readonly log_offset: number;
}

async function storedPlaces(
  suspects: Suspects,
  since: number,
  { clickhouse }: ProcessorContext,
): Promise<readonly (Place & { readonly kind: RecordKind; readonly key: string })[]> {
  const idsOf = (kind: RecordKind): string[] =>
    [...suspects[kind].keys()].map((key) => key.slice(key.indexOf(':') + 1));
  const eventIds = idsOf('event');
  const [events, filtered, others] = await Promise.all([
    eventIds.length === 0 ? [] : clickhouse.query(rowsByEventId, { ids: eventIds, since }),
    eventIds.length === 0 ? [] : clickhouse.query(filteredByEventId, { ids: eventIds, since }),
    suspects.other.size === 0 ? [] : clickhouse.query(rowsByRecordId, { ids: idsOf('other'), since }),
  ]);
  return [
    ...events.map((row) => ({ ...row, kind: 'event' as const, key: `${row.project_id}:${row.event_id}` })),
    ...filtered.map((row) => ({ ...row, kind: 'event' as const, key: `${row.project_id}:${row.record_id}` })),
    ...others.map((row) => ({ ...row, kind: 'other' as const, key: `${row.project_id}:${row.record_id}` })),
  ];
}

interface KnownBy {
  readonly kind: RecordKind;
  readonly projectId: number;
  readonly id: string;
  /** Unix milliseconds. */
  readonly received: number;
}

/** What a record is known by. An event that was refused has no row; of the other kinds a dead letter has no outcome. */
function recordOf(item: Item): KnownBy | undefined {
  const { header } = item;
  if (header === undefined) return undefined;
  const isRefused = item.kind === 'refused';
  if (isRefused && (header.kind === 'event' || item.refusal.kind === 'dead_letter')) return undefined;
  // The filter reads hex digits; an id that is none comes from no ingest of ours.
  if (parseEventId(header.id) === undefined) return undefined;
  const { project_id: projectId, id, received } = header;
  return { kind: header.kind === 'event' ? 'event' : 'other', projectId, id, received };
}

/** Whether the filter may not know a record's duplicates. */
function isTooOld({ received }: KnownBy, filter: DuplicateFilter): boolean {
  return received - DUPLICATE_HORIZON_MS < filter.since;
}

/** Remembers the ids of a batch, once it is planned, and forgets those with which nothing is compared any more. */
export function rememberIds(items: readonly Item[], filter: DuplicateFilter, now: number): void {
  let oldest = now;
  for (const item of items) {
    const record = recordOf(item);
    if (record === undefined) continue;
    oldest = Math.min(oldest, record.received);
    filter.add(record.projectId, record.id, Math.min(record.received, now));
  }
  filter.forget(rememberedSince(oldest));
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
