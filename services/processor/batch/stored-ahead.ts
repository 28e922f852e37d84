import type { ProcessorContext } from '../context.ts';
import { lastStoredOffset, storedOffsets } from '../queries/duplicates.ts';
import type { Item } from './items.ts';
import { isNamedByOutcome } from './outcomes.ts';

/**
 * Last offset of a partition that has a row although the position has not passed it and no plan accounts for it; −1 when there is none.
 * Only a Postgres that went back in time (a restored copy) leaves such rows: their borders are not those of the batches to come, so the
 * tokens of the inserts cannot protect them.
 */
export async function findStoredAhead(
  partition: number,
  position: number,
  planLast: number | undefined,
  context: ProcessorContext,
): Promise<number> {
  const first = planLast === undefined ? position : planLast + 1;
  const [ahead] = await context.clickhouse.query(lastStoredOffset, { partition, first });
  if (ahead === undefined || ahead.rows === 0) return -1;
  context.logger.warn(
    { partition, position, storedUntil: ahead.last },
    'rows are stored ahead of the position',
  );
  return ahead.last;
}

/**
 * The longest beginning of a batch whose records are either all stored already or all not, so that it can be planned as the one or the
 * other. `duplicates` have no row of their own, nor has what is refused, but for items, whose outcome names them. Records of a release that did not note their ids with their outcomes look as if they were not stored.
 */
export async function cutByPresence(
  partition: number,
  items: readonly Item[],
  duplicates: ReadonlySet<number>,
  context: ProcessorContext,
): Promise<{ readonly items: readonly Item[]; readonly isStored: boolean }> {
  const first = items[0]?.offset ?? 0;
  const rows = await context.clickhouse.query(storedOffsets, {
    partition,
    first,
    last: items.at(-1)?.offset ?? first,
  });
  const stored = new Set(rows.map((row) => row.log_offset));
  let isStored: boolean | undefined;
  const end = items.findIndex((item) => {
    if (duplicates.has(item.offset) || !(item.kind === 'event' || isNamedByOutcome(item))) return false;
    isStored ??= stored.has(item.offset);
    return isStored !== stored.has(item.offset);
  });
  return { items: end === -1 ? items : items.slice(0, end), isStored: isStored ?? false };
}
