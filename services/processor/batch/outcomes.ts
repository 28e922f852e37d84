import {
  type Category,
  categoryOf,
  type EventRecordHeader,
  type ItemRecordHeader,
  isItemHeader,
  type OutcomeName,
} from '@culprit/protocol';
import { categoryOfEvent, type Item } from './items.ts';
import { type Decision, DUPLICATE, type Plan } from './plan.ts';

/** A row of `outcomes`: decisions of one batch summed by project, key, minute, outcome, reason, category and release. */
export interface OutcomeRow {
  readonly projectId: number;
  readonly keyId: number;
  /** Unix milliseconds of the first record that counts here. */
  readonly received: number;
  readonly outcome: OutcomeName;
  readonly reason: string;
  readonly category: Category;
  /** Of what ingest shed; '' for all else, and where it is not told apart. */
  readonly release: string;
  /** Offset of the first record that counts here. */
  readonly offset: number;
  quantity: number;
  /** Records that count here and have no row of their own that names them: by these it is known that they were counted. Each stands in one row only. */
  readonly records: CountedRecord[];
}

/** A record that is no event, or an event that was filtered; the others are known by their own rows. */
export interface CountedRecord {
  /** 32 hex digits. */
  readonly id: string;
  readonly offset: number;
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
    const { projectId, keyId, outcome, reason, category, release } = row;
    const key = [projectId, keyId, minute, outcome, reason, category, release].join('\n');
    const sum = sums.get(key);
    if (sum === undefined) sums.set(key, row);
    else {
      sum.quantity += row.quantity;
      sum.records.push(...row.records);
    }
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
  if (header.kind === 'event') return eventOutcomes(decision, item, header);
  // Ingest gives such a record its id: a second one is the same record again, and its items have their outcome.
  if (decision.d === 'drop' && decision.reason === DUPLICATE) return [];
  return withRecord({ id: header.id, offset: decision.o }, () => {
    switch (header.kind) {
      case 'outcomes':
        return header.outcomes.map(({ key_id, outcome, reason, category, quantity, release = '' }) => ({
          ...base,
          keyId: key_id,
          outcome,
          reason,
          category,
          quantity,
          release,
          records: [],
        }));
      case 'attachment':
        return attachmentOutcomes(base, header.key_id, header.attachments);
      default:
        return itemOutcomes(base, decision, header);
    }
  });
}

/** Notes the record with the first of its rows. */
function withRecord(record: CountedRecord, rows: () => readonly OutcomeRow[]): readonly OutcomeRow[] {
  const [first, ...others] = rows();
  return first === undefined ? [] : [{ ...first, records: [record] }, ...others];
}

/** Whether a record ends in an outcome that names it, whatever is decided; events do where they are filtered. */
export function isNamedByOutcome(item: Item): boolean {
  switch (item.kind) {
    case 'event':
      return false;
    case 'outcomes':
      return item.header.outcomes.length > 0;
    case 'attachment':
      return item.header.attachments.length > 0;
    case 'refused': {
      const { header, refusal } = item;
      return refusal.kind === 'drop' && header !== undefined && isItemHeader(header) && hasCategory(header);
    }
    default:
      return hasCategory(item.header);
  }
}

function hasCategory({ item_type }: ItemRecordHeader): boolean {
  return categoryOf(item_type) !== undefined;
}

function itemOutcomes(
  base: Pick<OutcomeRow, 'projectId' | 'received' | 'offset'>,
  decision: Decision,
  header: ItemRecordHeader,
): readonly OutcomeRow[] {
  const category = categoryOf(header.item_type);
  // A kind that this release does not know has a dead letter and no outcome.
  if (category === undefined) return [];
  const [outcome, reason] = endOf(decision);
  return [
    { ...base, keyId: header.key_id, outcome, reason, category, quantity: 1, release: '', records: [] },
  ];
}

function eventOutcomes(decision: Decision, item: Item, header: EventRecordHeader): readonly OutcomeRow[] {
  const base = { projectId: header.project_id, received: header.received, offset: decision.o };
  const [outcome, reason] = endOf(decision);
  const type = item.kind === 'event' ? item.event.event.type : undefined;
  const own = {
    ...base,
    keyId: header.key_id,
    outcome,
    reason,
    category: categoryOfEvent(header, type),
    quantity: 1,
    release: '',
    // What is filtered has no row: here it is known that it was not lost.
    records: outcome === 'filtered' ? [{ id: header.id, offset: decision.o }] : [],
  };
  return [own, ...attachmentOutcomes(base, header.key_id, header.attachments ?? [], outcome, reason)];
}

function endOf(decision: Decision): readonly [outcome: OutcomeName, reason: string] {
  return decision.d === 'drop' ? [decision.outcome, decision.reason] : ['accepted', ''];
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
    { ...base, keyId, outcome, reason, category: 'attachment', quantity: bytes, release: '', records: [] },
    {
      ...base,
      keyId,
      outcome,
      reason,
      category: 'attachment_item',
      quantity: attachments.length,
      release: '',
      records: [],
    },
  ];
}
