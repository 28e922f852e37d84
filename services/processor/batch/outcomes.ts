import type { Category, OutcomeName } from '@culprit/protocol';
import { categoryOfEvent, type Item } from './items.ts';
import type { Decision, Plan } from './plan.ts';

/** A row of `outcomes`: decisions of one batch summed by project, key, minute, outcome, reason and category. */
export interface OutcomeRow {
  readonly projectId: number;
  readonly keyId: number;
  /** Unix milliseconds of the first record that counts here. */
  readonly received: number;
  readonly outcome: OutcomeName;
  readonly reason: string;
  readonly category: Category;
  /** Offset of the first record that counts here. */
  readonly offset: number;
  quantity: number;
}

const MINUTE_MS = 60_000;

/**
 * What became of the items of a plan. A dead letter has not ended yet: it gets its outcome when it is replayed. A record whose frame
 * cannot be read belongs to no project and has none.
 */
export function outcomesOf(plan: Plan, items: ReadonlyMap<number, Item>): readonly OutcomeRow[] {
  const sums = new Map<string, OutcomeRow>();
  const add = (row: OutcomeRow): void => {
    const minute = Math.floor(row.received / MINUTE_MS);
    const key = [row.projectId, row.keyId, minute, row.outcome, row.reason, row.category].join('\n');
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, row);
    else sum.quantity += row.quantity;
  };
  for (const decision of plan.decisions) {
    const item = items.get(decision.o);
    if (item !== undefined) for (const row of rowsOf(decision, item)) add(row);
  }
  return [...sums.values()];
}

function rowsOf(decision: Decision, item: Item): readonly OutcomeRow[] {
  const { header } = item;
  if (header === undefined || decision.d === 'dead_letter') return [];
  const base = { projectId: header.project_id, received: header.received, offset: decision.o };
  switch (header.kind) {
    case 'outcomes':
      return header.outcomes.map(({ key_id, outcome, reason, category, quantity }) => ({
        ...base,
        keyId: key_id,
        outcome,
        reason,
        category,
        quantity,
      }));
    case 'attachment':
      return attachmentOutcomes(base, header.key_id, header.attachments);
    case 'event': {
      const [outcome, reason] =
        decision.d === 'drop' ? ([decision.outcome, decision.reason] as const) : (['accepted', ''] as const);
      const type = item.kind === 'event' ? item.event.event.type : undefined;
      const own = {
        ...base,
        keyId: header.key_id,
        outcome,
        reason,
        category: categoryOfEvent(header, type),
        quantity: 1,
      };
      return [own, ...attachmentOutcomes(base, header.key_id, header.attachments ?? [], outcome, reason)];
    }
    default:
      return []; // of a kind that is a dead letter so far
  }
}

/** Attachments count twice: bytes (at least 1) as `attachment` and pieces as `attachment_item`. */
function attachmentOutcomes(
  base: Pick<OutcomeRow, 'projectId' | 'received' | 'offset'>,
  keyId: number,
  attachments: readonly { readonly size: number }[],
  outcome: OutcomeName = 'accepted',
  reason = '',
): readonly OutcomeRow[] {
  if (attachments.length === 0) return [];
  const bytes = attachments.reduce((sum, { size }) => sum + Math.max(size, 1), 0);
  return [
    { ...base, keyId, outcome, reason, category: 'attachment', quantity: bytes },
    { ...base, keyId, outcome, reason, category: 'attachment_item', quantity: attachments.length },
  ];
}
