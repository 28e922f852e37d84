import type { EventLog, NewRecord, StoredRecord } from '@culprit/event-log';
import { logKeyOf } from '@culprit/protocol';
import { checkInRows, userReportRows } from '../batch/item-rows.ts';
import type { CheckInItem, Item, UserReportItem } from '../batch/items.ts';
import { isNamedByOutcome } from '../batch/outcomes.ts';
import { makePlan } from '../batch/plan.ts';
import { isRecord, readRecord } from '../batch/read-record.ts';
import { BATCH_LIMITS } from '../consumer.ts';
import type { ProcessorContext } from '../context.ts';
import { itemRowsInStretch, outcomesByRecord } from '../queries/verify-items.ts';
import { readDeadOffsets } from '../store/dead-letters.ts';
import { issuesDeletedUntil } from '../store/deletions.ts';
import { allProjects } from '../store/verify.ts';
import { committedStretches, recordsOf } from './committed-records.ts';
import { prepareAll } from './prepare-all.ts';
import type { Finding, VerifyOptions } from './verify.ts';

/** Sums of outcomes are by minute: their time may be that of another record. */
const MINUTE_MS = 60_000;

/** What is wrong with the records of a stretch that are no events. */
interface Faults {
  /** Without outcome and without row: they were never counted. */
  readonly lost: readonly NewRecord[];
  /** Check-ins and user reports with an outcome and without their row. */
  readonly rowless: readonly (CheckInItem | UserReportItem)[];
}

/**
 * Records that are no events, are still in the log below the committed position, and of which something is missing: only a store that went back in time can do that. With
 * `repair` those that were never counted are appended to the log again and take the usual path; a row that is missing is stored again. Of sessions, which are summed,
 * only those are lost that no row can hold.
 */
export async function mendItems(
  log: EventLog,
  context: ProcessorContext,
  options: VerifyOptions,
): Promise<readonly Finding[]> {
  const projects = await keptProjects(context);
  let lost = 0;
  let rowless = 0;
  for (const stretch of await committedStretches(log, context)) {
    const { partition } = stretch;
    for await (const records of recordsOf(log, stretch)) {
      const faults = await faultsOf(partition, records, projects, context);
      lost += faults.lost.length;
      rowless += faults.rowless.length;
      if (!options.repair) continue;
      for (const item of faults.rowless) await storeRow(partition, item, context);
      if (faults.lost.length > 0) await log.append(faults.lost);
    }
  }
  const found = (what: string, n: number): readonly Finding[] =>
    n === 0 ? [] : [{ project: '(log)', what, expected: '0', found: String(n), isMended: options.repair }];
  return [
    ...found('committed records that are no events and have no outcome', lost),
    ...found('committed check-ins and user reports that have no row', rowless),
  ];
}

/** Of each project from when on its records must all be there, unix milliseconds. */
interface Kept {
  readonly since: number;
  /** What people said in issues that were deleted goes with them. */
  readonly reportsSince: number;
}

async function keptProjects({ database }: ProcessorContext): Promise<ReadonlyMap<number, Kept>> {
  const kept = new Map<number, Kept>();
  for (const { id, keptSince: since } of await allProjects(database)) {
    kept.set(id, { since, reportsSince: Math.max(since, await issuesDeletedUntil(database, id)) });
  }
  return kept;
}

async function faultsOf(
  partition: number,
  records: readonly StoredRecord[],
  projects: ReadonlyMap<number, Kept>,
  context: ProcessorContext,
): Promise<Faults> {
  const items = (await prepareItems(records, context)).filter(
    ({ header }) => (projects.get(header.project_id)?.since ?? Number.POSITIVE_INFINITY) <= header.received,
  );
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) return { lost: [], rowless: [] };
  const offsets = items.map(({ offset }) => offset);
  const dead = await readDeadOffsets(context.database, context.topic, partition, offsets);
  const since = items.reduce((at, { header }) => Math.min(at, header.received), first.header.received);
  const outcomes = await outcomesOf(items, since - MINUTE_MS, context);
  const span = BATCH_LIMITS.maxRecords;
  const rows = await context.clickhouse.query(itemRowsInStretch, {
    partition,
    first: Math.max(0, first.offset - span),
    last: last.offset,
    since: since - MINUTE_MS,
  });
  const places = new Set(rows.map(({ source, log_offset }) => `${source} ${log_offset}`));
  const hasRow = ({ offset, header }: Known): boolean =>
    header.kind === 'session'
      ? rows.some(
          (row) =>
            row.source === 'sessions' &&
            row.project_id === header.project_id &&
            row.log_offset <= offset &&
            row.log_offset > offset - span,
        )
      : places.has(`${TABLE_OF[header.kind] ?? ''} ${offset}`);
  const lost: NewRecord[] = [];
  const rowless: (CheckInItem | UserReportItem)[] = [];
  for (const item of items) {
    if (dead.has(item.offset) || hasRow(item)) continue;
    const { header, offset, value } = item;
    const ends = outcomes.get(logKeyOf(header));
    if (ends === undefined) lost.push({ key: logKeyOf(header), value });
    else if (item.kind !== 'check_in' && item.kind !== 'user_report') continue;
    else if (!ends.has(`accepted ${partition} ${offset}`)) continue;
    else if (item.kind === 'check_in' || header.received >= reportsSince(projects, item)) rowless.push(item);
  }
  return { lost, rowless };
}

const TABLE_OF: Partial<Record<Known['header']['kind'], string>> = {
  attachment: 'attachments',
  check_in: 'check_ins',
  user_report: 'user_reports',
};

function reportsSince(projects: ReadonlyMap<number, Kept>, { header }: Known): number {
  return projects.get(header.project_id)?.reportsSince ?? Number.POSITIVE_INFINITY;
}

type Known = Item & { readonly header: NonNullable<Item['header']> };

/** The records that are no events and end with an outcome that names them. */
async function prepareItems(
  records: readonly StoredRecord[],
  context: ProcessorContext,
): Promise<readonly Known[]> {
  const own = records.filter(({ value }) => {
    const read = readRecord(value);
    return isRecord(read) && read.header.kind !== 'event';
  });
  const items = await prepareAll(own, context);
  return items.filter((item): item is Known => item.header !== undefined && isNamedByOutcome(item));
}

/** How records ended, by their key: `<outcome> <partition> <offset>`. */
async function outcomesOf(
  items: readonly Known[],
  since: number,
  { clickhouse }: ProcessorContext,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const ids = [...new Set(items.map(({ header }) => header.id))];
  const ends = new Map<string, Set<string>>();
  for (const row of await clickhouse.query(outcomesByRecord, { ids, since })) {
    const key = `${row.project_id}:${row.record_id}`;
    const known = ends.get(key) ?? new Set();
    ends.set(key, known.add(`${row.outcome} ${row.log_partition} ${row.log_offset}`));
  }
  return ends;
}

async function storeRow(
  partition: number,
  item: CheckInItem | UserReportItem,
  context: ProcessorContext,
): Promise<void> {
  const { offset, header } = item;
  const plan = makePlan([{ d: 'item', o: offset }], [header.received]);
  const items = new Map([[offset, item]]);
  const rows =
    item.kind === 'check_in' ? checkInRows(partition, plan, items) : userReportRows(partition, plan, items);
  await context.clickhouse.storeBlock({
    ...rows,
    topic: context.topic,
    partition,
    first: offset,
    last: offset,
    receivedFrom: plan.from,
    receivedTo: plan.to,
    // A batch may have begun at this record, and then its token is known.
    takeOver: true,
  });
}
