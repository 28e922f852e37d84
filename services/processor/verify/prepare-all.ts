import type { StoredRecord } from '@culprit/event-log';
import type { Item } from '../batch/items.ts';
import { prepare } from '../batch/prepare.ts';
import type { ProcessorContext } from '../context.ts';

/** Items of all records: `prepare` cuts where a batch has to end, and here every record counts. */
export async function prepareAll(
  records: readonly StoredRecord[],
  context: ProcessorContext,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  while (items.length < records.length) items.push(...(await prepare(records.slice(items.length), context)));
  return items;
}
