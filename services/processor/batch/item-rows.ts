import { RowBinaryWriter } from '@culprit/clickhouse';
import type { CheckInItem, Item, UserReportItem } from './items.ts';
import type { Plan } from './plan.ts';
import type { TableRows } from './table-rows.ts';

const USER_REPORT_COLUMNS = [
  ...['project_id', 'event_id', 'received', 'log_partition', 'log_offset'],
  ...['name', 'email', 'comments'],
] as const;

const CHECK_IN_COLUMNS = [
  ...['project_id', 'monitor', 'received', 'log_partition', 'log_offset'],
  ...['check_in_id', 'status', 'duration', 'environment', 'release'],
] as const;

/** Rows of the table of user reports. */
export function userReportRows(partition: number, plan: Plan, items: ReadonlyMap<number, Item>): TableRows {
  const writer = new RowBinaryWriter();
  for (const item of storedItems(plan, items)) {
    if (item.kind === 'user_report') writeUserReport(writer, partition, item);
  }
  return tableOf('user_reports', USER_REPORT_COLUMNS, writer);
}

/** Rows of the table of check-ins. */
export function checkInRows(partition: number, plan: Plan, items: ReadonlyMap<number, Item>): TableRows {
  const writer = new RowBinaryWriter();
  for (const item of storedItems(plan, items)) {
    if (item.kind === 'check_in') writeCheckIn(writer, partition, item);
  }
  return tableOf('check_ins', CHECK_IN_COLUMNS, writer);
}

/** Items of a plan that are stored, in the order of the log. */
export function* storedItems(plan: Plan, items: ReadonlyMap<number, Item>): Iterable<Item> {
  for (const decision of plan.decisions) {
    const item = decision.d === 'item' ? items.get(decision.o) : undefined;
    if (item !== undefined) yield item;
  }
}

function tableOf(table: TableRows['table'], columns: readonly string[], writer: RowBinaryWriter): TableRows {
  return { table, columns, body: writer.body(), rows: writer.rows, oneRowPerOffset: true };
}

function writeUserReport(
  writer: RowBinaryWriter,
  partition: number,
  { header, offset, read }: UserReportItem,
): void {
  writer.uint32(header.project_id);
  writer.uuid(read.eventId);
  writer.dateTime64(header.received);
  writer.uint16(partition);
  writer.uint64(offset);
  writer.string(read.name);
  writer.string(read.email);
  writer.string(read.comments);
  writer.endRow();
}

function writeCheckIn(
  writer: RowBinaryWriter,
  partition: number,
  { header, offset, read }: CheckInItem,
): void {
  writer.uint32(header.project_id);
  writer.string(read.monitor);
  writer.dateTime64(header.received);
  writer.uint16(partition);
  writer.uint64(offset);
  writer.uuid(read.checkInId);
  writer.string(read.status);
  writer.nullable(read.duration, (seconds) => writer.float64(seconds));
  writer.string(read.environment);
  writer.string(read.release);
  writer.endRow();
}
