import { faultPoint } from '@culprit/runtime';
import type { ProcessorContext } from '../context.ts';
import { replacePlan } from '../store/plans.ts';
import { type Attempt, SettleError, type SettleStep } from './attempt.ts';
import { CommittedElsewhere, commit } from './commit.ts';
import { decide } from './decide.ts';
import type { DuplicateFilter } from './duplicate-filter.ts';
import { findDuplicates, rememberIds } from './duplicates.ts';
import type { Item } from './items.ts';
import { condemn, type Plan, splitPlan } from './plan.ts';
import { rowsOfPlan } from './rows.ts';
import { cutByPresence } from './stored-ahead.ts';

export interface Batch {
  readonly partition: number;
  /** The stored position that the batch begins at. */
  readonly position: number;
  /** One per record, in order; where there is an unfinished plan, exactly its records. */
  readonly items: readonly Item[];
  /** Laid down earlier and not committed: adopted, never remade. */
  readonly unfinished: Plan | undefined;
  /** Ids of the partition's recent records. */
  readonly filter: DuplicateFilter;
  /** Offsets up to this one may have rows that no plan accounts for; −1: none. */
  readonly storedUntil: number;
}

export interface Settled {
  readonly next: number;
  /** A part of the plan is left, stored and not committed. */
  readonly isPlanLeft: boolean;
}

/**
 * Plan → store → commit.
 *
 * - Plan: what is decided is laid down first, in one short transaction.
 * - Store: no transaction is open; one block per table.
 * - Commit: one short transaction moves the position and adds everything that is counted.
 *
 * @throws SettleError with the step; CommittedElsewhere when another processor was faster.
 */
export async function settle(batch: Batch, attempt: Attempt, context: ProcessorContext): Promise<Settled> {
  const { partition, position, items, unfinished } = batch;
  const byOffset = new Map(items.map((item) => [item.offset, item]));
  const laid = await step('plan', items.length, async () => {
    const plan = unfinished ?? (await layPlan(batch, attempt, context));
    return fitPlan(partition, plan, attempt, context);
  });
  await faultPoint('planned');

  const size = laid.decisions.length;
  const isTakeOver = unfinished !== undefined || attempt.failed !== undefined;
  if (!laid.stored) await step('store', size, () => store(partition, laid, byOffset, isTakeOver, context));
  await faultPoint('stored');

  const count = attempt.failed === 'commit' ? Math.min(attempt.cap, size) : size;
  const next = await step('commit', count, () => commit(partition, position, laid, count, byOffset, context));
  await faultPoint('committed');
  const { head, rest } = splitPlan(laid, count);
  context.metrics.countPlan(head, byOffset);
  return { next, isPlanLeft: rest !== undefined };
}

async function step<T>(name: SettleStep, size: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommittedElsewhere) throw error;
    throw new SettleError(name, size, error);
  }
}

async function layPlan(batch: Batch, attempt: Attempt, context: ProcessorContext): Promise<Plan> {
  const { partition, filter } = batch;
  const items = batch.items.map((item) => condemnedItem(item, attempt));
  const duplicates = await findDuplicates(partition, items, filter, context);
  const isAhead = (items[0]?.offset ?? 0) <= batch.storedUntil;
  const part = isAhead
    ? await cutByPresence(partition, items, duplicates, context)
    : { items, isStored: false };
  const plan = await decide(partition, batch.position, part, duplicates, context);
  if (plan === undefined)
    throw new CommittedElsewhere('another processor has laid a plan or moved the position');
  rememberIds(part.items, filter);
  return plan;
}

/** A record that even the plan could not take goes straight to the dead letters. */
function condemnedItem(item: Item, attempt: Attempt): Item {
  if (attempt.condemned === undefined || attempt.failed !== 'plan') return item;
  const { offset, header, value } = item;
  const refusal = { kind: 'dead_letter', stage: 'plan', reason: attempt.condemned } as const;
  return { kind: 'refused', offset, header, value, refusal };
}

/**
 * Makes a laid plan smaller, or its first record a dead letter, where an earlier try has failed. A plan that could not be stored may
 * shrink, since nothing of it is there; one that could not be committed is stored whole and only committed in parts.
 */
async function fitPlan(
  partition: number,
  plan: Plan,
  attempt: Attempt,
  context: ProcessorContext,
): Promise<Plan> {
  const { failed, condemned, cap } = attempt;
  if (failed === undefined || failed === 'plan') return plan;
  const shrunk = failed === 'store' && !plan.stored ? splitPlan(plan, cap).head : plan;
  const fitted: Plan = {
    ...(condemned === undefined ? shrunk : condemn(shrunk, failed, condemned)),
    stored: plan.stored || failed === 'commit',
  };
  if (!(await replacePlan(context.database, context.topic, partition, plan.first, fitted))) {
    throw new CommittedElsewhere('the plan is gone');
  }
  return fitted;
}

async function store(
  partition: number,
  plan: Plan,
  items: ReadonlyMap<number, Item>,
  takeOver: boolean,
  context: ProcessorContext,
): Promise<void> {
  for (const table of rowsOfPlan(partition, plan, items)) {
    const { how } = await context.clickhouse.storeBlock({
      ...table,
      topic: context.topic,
      partition,
      first: plan.first,
      last: plan.last,
      receivedFrom: plan.from,
      receivedTo: plan.to,
      takeOver,
    });
    context.metrics.blocks.inc({ table: table.table, how });
    await faultPoint(`stored-${table.table}`);
  }
}
