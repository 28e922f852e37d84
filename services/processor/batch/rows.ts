import { RowBinaryWriter } from '@culprit/clickhouse';
import type { AttachmentReference, EventId } from '@culprit/protocol';
import { checkInRows, userReportRows } from './item-rows.ts';
import type { EventItem, Item } from './items.ts';
import { type OutcomeRow, outcomesOf } from './outcomes.ts';
import type { EventDecision, Plan } from './plan.ts';
import { sessionRows } from './session-rows.ts';
import type { TableRows } from './table-rows.ts';

/** What a row of `events` needs beside its payload, seldom more: a block that has to grow is copied. */
const ROOM_BESIDE_PAYLOAD = 2048;

const EVENT_COLUMNS = [
  'project_id',
  'received',
  'timestamp',
  'event_id',
  'log_partition',
  'log_offset',
  'grouping_hash',
  'environment',
  'release',
  'dist',
  'platform',
  'level',
  'handled',
  'user_id',
  'user_email',
  'user_username',
  'user_ip',
  'identities',
  'user_hash',
  'actor_hash',
  'kept_weight',
  'deploy_id',
  'tags',
  'title',
  'culprit',
  'transaction',
  'sdk',
  'payload',
] as const;

const OUTCOME_COLUMNS = [
  'project_id',
  'key_id',
  'received',
  'minute',
  'outcome',
  'reason',
  'category',
  'quantity',
  'log_partition',
  'log_offset',
  'record_ids',
  'record_offsets',
  'release',
] as const;

const ATTACHMENT_COLUMNS = [
  'project_id',
  'event_id',
  'received',
  'log_partition',
  'log_offset',
  'name',
  'attachment_type',
  'content_type',
  'size',
  'sha1',
  'file',
] as const;

/** All rows that follow from a plan and its records: always the same ones, so that a batch can be rebuilt after a crash. */
export function rowsOfPlan(
  partition: number,
  plan: Plan,
  items: ReadonlyMap<number, Item>,
): readonly TableRows[] {
  return [
    eventRows(partition, plan, items),
    attachmentRows(partition, plan, items),
    sessionRows(partition, plan, items),
    userReportRows(partition, plan, items),
    checkInRows(partition, plan, items),
    outcomeRows(partition, plan, items),
  ].filter((table) => table.rows > 0);
}

function eventRows(partition: number, plan: Plan, items: ReadonlyMap<number, Item>): TableRows {
  const stored: { readonly decision: EventDecision; readonly item: EventItem }[] = [];
  let bytes = 0;
  for (const decision of plan.decisions) {
    const item = items.get(decision.o);
    if (decision.d !== 'event' || item?.kind !== 'event') continue;
    stored.push({ decision, item });
    bytes += item.event.payload.length + ROOM_BESIDE_PAYLOAD;
  }
  const writer = new RowBinaryWriter(bytes);
  for (const { decision, item } of stored) writeEvent(writer, partition, decision, item);
  return {
    table: 'events',
    columns: EVENT_COLUMNS,
    body: writer.body(),
    rows: writer.rows,
    oneRowPerOffset: true,
  };
}

function writeEvent(
  writer: RowBinaryWriter,
  partition: number,
  decision: EventDecision,
  item: EventItem,
): void {
  const { event, grouping, identities, userHash, actorHash, handled, payload } = item.event;
  const { user } = event;
  writer.uint32(event.project);
  writer.dateTime64(item.header.received);
  writer.dateTime64(event.timestamp * 1000);
  writer.uuid(event.event_id);
  writer.uint16(partition);
  writer.uint64(item.offset);
  writer.uint64Hex(decision.hash);
  writer.string(event.environment);
  writer.string(event.release);
  writer.string(event.dist);
  writer.string(event.platform);
  writer.string(event.level);
  writer.uint8(handled);
  writer.string(user.id);
  writer.string(user.email);
  writer.string(user.username);
  writer.string(user.ip_address);
  writer.strings(identities);
  writer.uint64(userHash);
  writer.uint64(actorHash);
  writer.float32(item.header.kept_weight ?? 1);
  writer.uint64(decision.deploy === undefined ? 0 : BigInt(decision.deploy));
  writer.stringMap(event.tags);
  writer.string(grouping.title);
  writer.string(grouping.culprit);
  writer.string(event.transaction);
  writer.string(event.sdk);
  writer.bytes(payload);
  writer.endRow();
}

function attachmentRows(partition: number, plan: Plan, items: ReadonlyMap<number, Item>): TableRows {
  const writer = new RowBinaryWriter();
  const write = (
    projectId: number,
    eventId: EventId,
    received: number,
    offset: number,
    attachments: readonly AttachmentReference[],
  ): void => {
    for (const attachment of attachments) {
      writer.uint32(projectId);
      writer.uuid(eventId);
      writer.dateTime64(received);
      writer.uint16(partition);
      writer.uint64(offset);
      writer.string(attachment.name);
      writer.string(attachment.attachment_type);
      writer.string(attachment.content_type ?? 'application/octet-stream');
      writer.uint64(attachment.size);
      writer.fixedString(attachment.sha1, 40);
      writer.string(attachment.file);
      writer.endRow();
    }
  };
  for (const decision of plan.decisions) {
    const item = items.get(decision.o);
    if (decision.d === 'event' && item?.kind === 'event') {
      const { header } = item;
      write(header.project_id, header.id, header.received, item.offset, header.attachments ?? []);
    } else if (decision.d === 'attachment' && item?.kind === 'attachment') {
      const { header } = item;
      write(header.project_id, header.event_id, header.received, item.offset, header.attachments);
    }
  }
  return {
    table: 'attachments',
    columns: ATTACHMENT_COLUMNS,
    body: writer.body(),
    rows: writer.rows,
    oneRowPerOffset: false,
  };
}

function outcomeRows(partition: number, plan: Plan, items: ReadonlyMap<number, Item>): TableRows {
  return outcomeTable(partition, outcomesOf(plan, items));
}

/** Rows of the table of outcomes. */
export function outcomeTable(partition: number, outcomes: readonly OutcomeRow[]): TableRows {
  const writer = new RowBinaryWriter();
  for (const row of outcomes) writeOutcome(writer, partition, row);
  return {
    table: 'outcomes',
    columns: OUTCOME_COLUMNS,
    body: writer.body(),
    rows: writer.rows,
    oneRowPerOffset: false,
  };
}

function writeOutcome(writer: RowBinaryWriter, partition: number, row: OutcomeRow): void {
  writer.uint32(row.projectId);
  writer.uint32(row.keyId);
  writer.dateTime64(row.received);
  writer.dateTime(Math.floor(row.received / 60_000) * 60_000);
  writer.string(row.outcome);
  writer.string(row.reason);
  writer.string(row.category);
  writer.uint64(row.quantity);
  writer.uint16(partition);
  writer.uint64(row.offset);
  writer.uuids(row.records.map(({ id }) => id));
  writer.uint64s(row.records.map(({ offset }) => offset));
  writer.string(row.release);
  writer.endRow();
}
