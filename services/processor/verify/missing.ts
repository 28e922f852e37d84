import type { EventLog, StoredRecord } from '@culprit/event-log';
import { decodeLogRecord, type LogRecordHeader, logKeyOf } from '@culprit/protocol';
import { DUPLICATE_HORIZON_MS } from '../batch/duplicates.ts';
import type { EventItem } from '../batch/items.ts';
import type { ProcessorContext } from '../context.ts';
import { filteredByEventId } from '../queries/duplicates.ts';
import { storedIds } from '../queries/verify.ts';
import { readDeadOffsets } from '../store/dead-letters.ts';
import { deletedUntil } from '../store/deletions.ts';
import { hashKeyOf } from '../store/issues.ts';
import { allProjects } from '../store/verify.ts';
import { committedStretches, recordsOf } from './committed-records.ts';
import { prepareAll } from './prepare-all.ts';
import type { Finding, VerifyOptions } from './verify.ts';

/**
 * Events that are still in the log below the committed position and have no row: only a store that went back in time (a restored copy,
 * a disk that lied) can do that. With `repair` they are appended to the log again and take the usual path.
 */
export async function replayMissing(
  log: EventLog,
  context: ProcessorContext,
  options: VerifyOptions,
): Promise<readonly Finding[]> {
  let missing = 0;
  for (const stretch of await committedStretches(log, context)) {
    const { partition, start, end } = stretch;
    for await (const records of recordsOf(log, stretch)) {
      const lost = await withoutRow(partition, records, context);
      missing += lost.length;
      if (options.repair && lost.length > 0) await log.append(lost);
    }
    options.onProgress(`log partition ${partition}: ${Math.max(0, end - start)} committed records looked up`);
  }
  if (missing === 0) return [];
  return [
    {
      project: '(log)',
      what: 'committed events that have no row',
      expected: '0',
      found: String(missing),
      isMended: options.repair,
    },
  ];
}

/** Those of the records that are events without a row and without a dead letter. */
export async function withoutRow(
  partition: number,
  records: readonly StoredRecord[],
  context: ProcessorContext,
): Promise<readonly { key: string; value: Uint8Array }[]> {
  const items = await prepareAll(records, context);
  const dead = await readDeadOffsets(
    context.database,
    context.topic,
    partition,
    items.map((item) => item.offset),
  );
  const events = items.filter((item): item is EventItem => item.kind === 'event' && !dead.has(item.offset));
  const ids = new Set(events.flatMap((item) => item.header?.id ?? []));
  if (ids.size === 0) return [];
  const rows = await context.clickhouse.query(storedIds, { ids: [...ids] });
  const stored = new Set(rows.map((row) => `${row.project_id}:${row.event_id}`));
  const missing = events.filter((item) => !stored.has(logKeyOf(headerOf(item.value))));
  const gone = await goneOnPurpose(partition, missing, context);
  const filtered = await filteredOnes(missing, context);
  return missing
    .filter((item) => !gone.has(item.offset) && !filtered.has(item.offset))
    .map((item) => ({ key: logKeyOf(headerOf(item.value)), value: item.value }));
}

/** Offsets of events that a filter keeps out now, or kept out when they or their like came: the ids of those stand with their outcome. */
async function filteredOnes(
  events: readonly EventItem[],
  { clickhouse }: ProcessorContext,
): Promise<ReadonlySet<number>> {
  if (events.length === 0) return new Set();
  const oldest = events.reduce((at, { header }) => Math.min(at, header.received), Number.MAX_SAFE_INTEGER);
  const noted = await clickhouse.query(filteredByEventId, {
    ids: [...new Set(events.map(({ header }) => header.id))],
    since: oldest - DUPLICATE_HORIZON_MS,
  });
  const filtered = new Set(noted.map((row) => `${row.project_id}:${row.record_id}`));
  const kept = ({ event, header }: EventItem): boolean =>
    event.filtered === undefined && !filtered.has(logKeyOf(header));
  return new Set(events.filter((item) => !kept(item)).map(({ offset }) => offset));
}

/** Offsets of events that had their time, or that somebody has deleted or discarded: bringing them back would be wrong. */
async function goneOnPurpose(
  partition: number,
  events: readonly EventItem[],
  { database, topic }: ProcessorContext,
): Promise<ReadonlySet<number>> {
  if (events.length === 0) return new Set();
  const keptSince = new Map((await allProjects(database)).map(({ id, keptSince: since }) => [id, since]));
  const deleted = await deletedUntil(
    database,
    { topic, partition },
    events.map(({ header, event }) => ({ projectId: header.project_id, hash: event.grouping.hash })),
  );
  const offsets = events.flatMap(({ offset, header, event }) => {
    const since = keptSince.get(header.project_id);
    const until = deleted.get(hashKeyOf({ projectId: header.project_id, hash: event.grouping.hash }));
    const isGone = since === undefined || header.received < since || offset < (until ?? 0);
    return isGone ? [offset] : [];
  });
  return new Set(offsets);
}

function headerOf(value: Uint8Array): LogRecordHeader {
  return decodeLogRecord(value).header;
}
