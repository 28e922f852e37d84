import type { Refusal, StageResult } from '@culprit/pipeline';
import { type EventRecordHeader, isItemRecord, type LogRecord } from '@culprit/protocol';
import type { ProcessorContext } from '../context.ts';
import { errorEvents } from '../pipelines/error-events.ts';
import type { FramedEvent, ReceivedRecord, ShapedEvent, StageContext } from '../stages/types.ts';
import { fetchPayload } from './fetch-payload.ts';
import type { Item, RefusedItem } from './items.ts';
import { prepareItems, type ReceivedItem } from './prepare-items.ts';
import { isRecord, readRecord } from './read-record.ts';

/** So many events go through the stages together: what they are in between is gone before the next ones come. */
const SLICE_EVENTS = 25;

interface ReceivedEvent {
  readonly offset: number;
  readonly record: LogRecord<EventRecordHeader>;
}

interface Framed {
  readonly record: ReceivedRecord;
  readonly framed: LogRecord | Refusal;
}

/**
 * Records to items: frames are read, payloads fetched, pure stages run. One item per record, in order. The list is cut where the
 * month of `received` changes, since a batch over that border would be two parts in ClickHouse and not atomic.
 */
export async function prepare(
  records: readonly ReceivedRecord[],
  context: ProcessorContext,
): Promise<readonly Item[]> {
  const framed = cutAtMonth(records.map((record) => ({ record, framed: readRecord(record.value) })));
  const received = framed.flatMap(({ record, framed: read }): readonly ReceivedEvent[] =>
    isRecord(read) && isEvent(read) ? [{ offset: record.offset, record: read }] : [],
  );
  const others = framed.flatMap(({ record, framed: read }): readonly ReceivedItem[] =>
    isRecord(read) && isItemRecord(read) ? [{ record, framed: read }] : [],
  );
  const projects = await context.projects.load(
    new Set([
      ...received.map(({ record }) => record.header.project_id),
      ...others.map(({ framed: { header } }) => header.project_id),
    ]),
  );
  const stages: StageContext = { ...projects, geo: context.geo, retentionDays: context.retentionDays };
  const events = new Map<number, StageResult<ShapedEvent>>();
  for (let start = 0; start < received.length; start += SLICE_EVENTS) {
    await shapeEvents(received.slice(start, start + SLICE_EVENTS), stages, context, events);
  }
  const items = await prepareItems(others, stages, context);
  return framed.map((one) => items.get(one.record.offset) ?? toItem(one, events));
}

/** Fetches the payloads of some events and runs the stages over them; results go to `into`, by offset. */
async function shapeEvents(
  received: readonly ReceivedEvent[],
  stages: StageContext,
  context: ProcessorContext,
  into: Map<number, StageResult<ShapedEvent>>,
): Promise<void> {
  const inputs: FramedEvent[] = [];
  for (const { offset, record } of received) {
    const payload = await fetchPayload(record, context.files);
    if (payload instanceof Uint8Array) inputs.push({ offset, header: record.header, payload });
    else into.set(offset, { ok: false, refusal: payload });
  }
  const results = await errorEvents.run(inputs, stages, {
    isTransient: () => false,
    onTiming: (stage, milliseconds) => context.metrics.stageSeconds.inc({ stage }, milliseconds / 1000),
  });
  inputs.forEach(({ offset }, i) => {
    const result = results[i];
    if (result !== undefined) into.set(offset, result);
  });
}

function cutAtMonth(framed: readonly Framed[]): readonly Framed[] {
  let month: string | undefined;
  const end = framed.findIndex(({ framed: read }) => {
    if (!isRecord(read)) return false;
    const own = new Date(read.header.received).toISOString().slice(0, 7);
    month ??= own;
    return own !== month;
  });
  return end === -1 ? framed : framed.slice(0, end);
}

function isEvent(record: LogRecord): record is LogRecord<EventRecordHeader> {
  return record.header.kind === 'event';
}

function toItem({ record, framed }: Framed, events: ReadonlyMap<number, StageResult<ShapedEvent>>): Item {
  const { offset, value } = record;
  const refused = (refusal: Refusal): RefusedItem => ({
    kind: 'refused',
    offset,
    header: isRecord(framed) ? framed.header : undefined,
    refusal,
    value,
  });
  if (!isRecord(framed)) return refused(framed);
  const { header } = framed;
  switch (header.kind) {
    case 'outcomes':
      return { kind: 'outcomes', offset, header, value };
    case 'attachment':
      return { kind: 'attachment', offset, header, value };
    case 'event': {
      const result = events.get(offset);
      if (result === undefined) throw new Error('an event went through no stage');
      return result.ok
        ? { kind: 'event', offset, header, event: result.value, value }
        : refused(result.refusal);
    }
    default:
      return refused({ kind: 'dead_letter', stage: 'frame', reason: 'record kind is not known' });
  }
}
