import { RowBinaryWriter } from '@culprit/clickhouse';
import { ANONYMOUS } from '@culprit/people';
import type { SessionPart } from '../stages/types.ts';
import { storedItems } from './item-rows.ts';
import type { Item, SessionsItem } from './items.ts';
import type { Plan } from './plan.ts';
import type { TableRows } from './table-rows.ts';

const COLUMNS = [
  ...['project_id', 'minute', 'environment', 'release', 'received', 'log_partition', 'log_offset'],
  ...['started', 'errored', 'crashed', 'abnormal', 'unhandled'],
  ...['errored_sids', 'crashed_sids', 'abnormal_sids', 'unhandled_sids'],
  ...['users', 'errored_users', 'crashed_users', 'abnormal_users', 'unhandled_users'],
] as const;

const ENDS = ['crashed', 'abnormal', 'unhandled'] as const;

/** A row of `sessions`: what a batch adds to one minute of one release in one environment. */
interface Sum {
  /** The first record that counts here. */
  readonly first: SessionsItem;
  readonly minute: number;
  readonly counts: { started: number; errored: number; crashed: number; abnormal: number; unhandled: number };
  /** By how they ended; `errored` are all that did not end well. */
  readonly sids: SetsByEnd;
  readonly users: Set<bigint>;
  readonly faultyUsers: SetsByEnd;
}

type SetsByEnd = Readonly<Record<'errored' | (typeof ENDS)[number], Set<bigint>>>;

/** Rows of the table of sessions: sums by project, minute of `started`, environment and release. */
export function sessionRows(partition: number, plan: Plan, items: ReadonlyMap<number, Item>): TableRows {
  const sums = new Map<string, Sum>();
  for (const item of storedItems(plan, items)) {
    if (item.kind !== 'session') continue;
    for (const part of item.read.parts) addPart(sumOf(sums, item, part.minute), part);
  }
  const writer = new RowBinaryWriter();
  for (const sum of sums.values()) writeSum(writer, partition, sum);
  return {
    table: 'sessions',
    columns: COLUMNS,
    body: writer.body(),
    rows: writer.rows,
    oneRowPerOffset: false,
  };
}

function sumOf(sums: Map<string, Sum>, item: SessionsItem, minute: number): Sum {
  const { release, environment } = item.read;
  const key = [item.header.project_id, minute, environment, release].join('\n');
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum: Sum = {
    first: item,
    minute,
    counts: { started: 0, errored: 0, crashed: 0, abnormal: 0, unhandled: 0 },
    sids: noSets(),
    users: new Set(),
    faultyUsers: noSets(),
  };
  sums.set(key, sum);
  return sum;
}

function noSets(): SetsByEnd {
  return { errored: new Set(), crashed: new Set(), abnormal: new Set(), unhandled: new Set() };
}

function addPart({ counts, sids, users, faultyUsers }: Sum, part: SessionPart): void {
  const { faulty, user } = part;
  counts.started += part.started;
  counts.errored += part.errored;
  for (const end of ENDS) counts[end] += part[end];
  if (faulty !== undefined) {
    sids.errored.add(faulty.sid);
    if (faulty.end !== undefined) sids[faulty.end].add(faulty.sid);
  }
  if (user === ANONYMOUS) return;
  users.add(user);
  if (faulty !== undefined || part.errored > 0) faultyUsers.errored.add(user);
  for (const end of ENDS) if (faulty?.end === end || part[end] > 0) faultyUsers[end].add(user);
}

function writeSum(writer: RowBinaryWriter, partition: number, sum: Sum): void {
  const { first, minute, counts, sids, users, faultyUsers } = sum;
  writer.uint32(first.header.project_id);
  writer.dateTime(minute);
  writer.string(first.read.environment);
  writer.string(first.read.release);
  writer.dateTime64(first.header.received);
  writer.uint16(partition);
  writer.uint64(first.offset);
  writer.uint64(counts.started);
  writer.uint64(counts.errored);
  for (const end of ENDS) writer.uint64(counts[end]);
  writer.uint64s([...sids.errored]);
  for (const end of ENDS) writer.uint64s([...sids[end]]);
  writer.uint64s([...users]);
  writer.uint64s([...faultyUsers.errored]);
  for (const end of ENDS) writer.uint64s([...faultyUsers[end]]);
  writer.endRow();
}
