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
const SLICE_BYTES = 8 * 1024 * 1024;
/** What the events of a batch may take in memory, and in one insert. Payloads that are files weigh nothing in the log: five hundred of them may be gigabytes. */
const BATCH_BYTES = 32 * 1024 * 1024;

interface ReceivedEvent {
  readonly offset: number;
  readonly record: LogRecord<EventRecordHeader>;
}

interface Framed {
  readonly record: ReceivedRecord;
  readonly framed: LogRecord | Refusal;
}

export interface PrepareOptions {
  /** The records are those of a plan: all of them are wanted, however large they are. */
  readonly isWhole?: boolean;
  /** Bytes of stored payloads after which the list is cut. */
  readonly maxBytes?: number;
}

/**
 * Records to items: frames are read, payloads fetched, pure stages run. One item per record, in order; at least one. The list is cut where the month of `received`
 * changes, since a batch over that border would be two parts in ClickHouse and not atomic, and where it becomes too large.
 */
export async function prepare(
  records: readonly ReceivedRecord[],
  context: ProcessorContext,
  { isWhole = false, maxBytes = BATCH_BYTES }: PrepareOptions = {},
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
  const events = await shapeEvents(received, stages, context, isWhole ? Number.POSITIVE_INFINITY : maxBytes);
  const end = received[events.size]?.offset ?? Number.POSITIVE_INFINITY;
  const items = await prepareItems(
    others.filter(({ record }) => record.offset < end),
    stages,
    context,
  );
  return framed
    .filter(({ record }) => record.offset < end)
    .map((one) => items.get(one.record.offset) ?? toItem(one, events));
}

type Results = Map<number, StageResult<ShapedEvent>>;

/** Runs events through the stages, a few at a time, until what they will store is too much; at least one. By offset. */
async function shapeEvents(
  received: readonly ReceivedEvent[],
  stages: StageContext,
  context: ProcessorContext,
  maxBytes: number,
): Promise<Results> {
  const results: Results = new Map();
  let stored = 0;
  while (results.size < received.length && stored < maxBytes) {
    stored += await shapeSlice(received.slice(results.size), stages, context, results);
  }
  return results;
}

/** Fetches the payloads of the next events and runs the stages over them; results go to `into`. Resolves to the bytes of their payloads. */
async function shapeSlice(
  received: readonly ReceivedEvent[],
  stages: StageContext,
  context: ProcessorContext,
  into: Results,
): Promise<number> {
  const inputs: FramedEvent[] = [];
  let fetched = 0;
  for (const { offset, record } of received.slice(0, SLICE_EVENTS)) {
    if (fetched >= SLICE_BYTES) break;
    const payload = await fetchPayload(record, context.files);
    if (payload instanceof Uint8Array) {
      inputs.push({ offset, header: record.header, payload });
      fetched += payload.length;
    } else into.set(offset, { ok: false, refusal: payload });
  }
  const results = await errorEvents.run(inputs, stages, {
    isTransient: () => false,
    onTiming: (stage, milliseconds) => context.metrics.stageSeconds.inc({ stage }, milliseconds / 1000),
  });
  let stored = 0;
  inputs.forEach(({ offset }, i) => {
    const result = results[i];
    if (result === undefined) return;
    into.set(offset, result);
    if (result.ok) stored += result.value.payload.length;
  });
  return stored;
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
