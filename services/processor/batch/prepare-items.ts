import type { Pipeline, StageResult } from '@culprit/pipeline';
import type { ItemRecordHeader, LogRecord } from '@culprit/protocol';
import type { ProcessorContext } from '../context.ts';
import { checkIns, sessions, userReports } from '../pipelines/items.ts';
import type { FramedItem, ReceivedRecord, StageContext } from '../stages/types.ts';
import { fetchPayload } from './fetch-payload.ts';
import type { Item, RefusedItem } from './items.ts';

/** A record of an item that is no event. */
export interface ReceivedItem {
  readonly record: ReceivedRecord;
  readonly framed: LogRecord<ItemRecordHeader>;
}

/** Reads the items that are no events: each kind goes its own path. By offset. */
export async function prepareItems(
  received: readonly ReceivedItem[],
  stages: StageContext,
  context: ProcessorContext,
): Promise<ReadonlyMap<number, Item>> {
  const items = new Map<number, Item>();
  const read = async <T extends { readonly offset: number; readonly header: ItemRecordHeader }>(
    kind: ItemRecordHeader['kind'],
    path: Pipeline<FramedItem, T, StageContext>,
    toItem: (read: T, value: Uint8Array) => Item,
  ): Promise<void> => {
    const own = received.filter(({ framed }) => framed.header.kind === kind);
    for (const [of, result] of await runPath(own, path, stages, context)) {
      const { offset, value } = of.record;
      items.set(offset, result.ok ? toItem(result.value, value) : refusedOf(of, result));
    }
  };
  await read('session', sessions, (read, value) => ({ kind: 'session', ...placeOf(read), read, value }));
  await read('user_report', userReports, (read, value) => ({
    kind: 'user_report',
    ...placeOf(read),
    read,
    value,
  }));
  await read('check_in', checkIns, (read, value) => ({ kind: 'check_in', ...placeOf(read), read, value }));
  return items;
}

function placeOf<T extends { readonly offset: number; readonly header: ItemRecordHeader }>({
  offset,
  header,
}: T): Pick<T, 'offset' | 'header'> {
  return { offset, header };
}

function refusedOf(
  { record: { offset, value }, framed: { header } }: ReceivedItem,
  { refusal }: Extract<StageResult<never>, { ok: false }>,
): RefusedItem {
  return { kind: 'refused', offset, header, refusal, value };
}

/** So many go through their path together: what they are before it may be much larger than what is left of them. */
const SLICE_ITEMS = 25;

async function runPath<T>(
  received: readonly ReceivedItem[],
  path: Pipeline<FramedItem, T, StageContext>,
  stages: StageContext,
  context: ProcessorContext,
): Promise<readonly (readonly [ReceivedItem, StageResult<T>])[]> {
  const results: (readonly [ReceivedItem, StageResult<T>])[] = [];
  for (let start = 0; start < received.length; start += SLICE_ITEMS) {
    results.push(...(await runSlice(received.slice(start, start + SLICE_ITEMS), path, stages, context)));
  }
  return results;
}

async function runSlice<T>(
  received: readonly ReceivedItem[],
  path: Pipeline<FramedItem, T, StageContext>,
  stages: StageContext,
  context: ProcessorContext,
): Promise<readonly (readonly [ReceivedItem, StageResult<T>])[]> {
  const inputs: FramedItem[] = [];
  const sources: ReceivedItem[] = [];
  const results: [ReceivedItem, StageResult<T>][] = [];
  for (const of of received) {
    const payload = await fetchPayload(of.framed, context.files);
    if (payload instanceof Uint8Array) {
      inputs.push({ offset: of.record.offset, header: of.framed.header, payload });
      sources.push(of);
    } else results.push([of, { ok: false, refusal: payload }]);
  }
  if (inputs.length === 0) return results;
  const outputs = await path.run(inputs, stages, {
    isTransient: () => false,
    onTiming: (stage, milliseconds) => context.metrics.stageSeconds.inc({ stage }, milliseconds / 1000),
  });
  sources.forEach((of, i) => {
    const output = outputs[i];
    if (output !== undefined) results.push([of, output]);
  });
  return results;
}
